import { testPassing } from "./passing.ts";
import { EMULATED, PLAIN, SANDBOXED } from "./ways.ts";

for (const way of [PLAIN, SANDBOXED, EMULATED]) testPassing(way);
