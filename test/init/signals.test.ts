import { testSignals } from "./signals.ts";
import { EMULATED, PLAIN, SANDBOXED } from "./ways.ts";

for (const way of [PLAIN, SANDBOXED, EMULATED]) testSignals(way);
