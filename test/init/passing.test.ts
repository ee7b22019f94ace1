import { testPassing } from "./passing.ts";
import { EMULATED, FILTERED, PLAIN, SANDBOXED } from "./ways.ts";

for (const way of [PLAIN, SANDBOXED, FILTERED, EMULATED]) testPassing(way);
