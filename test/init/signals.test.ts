import { testSignals } from "./signals.ts";
import { EMULATED, FILTERED, PLAIN, SANDBOXED } from "./ways.ts";

for (const way of [PLAIN, SANDBOXED, FILTERED, EMULATED]) testSignals(way);
