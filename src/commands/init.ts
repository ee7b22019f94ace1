import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { EXAMPLE_CONFIGURATION } from "../config/example.ts";
import { findDirectories } from "../host/directories.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";

/** `pale init`: write a commented configuration where there is none. */
export function writeExample(invocation: Invocation): void {
  const { config } = findDirectories(invocation.environment);
  const file = join(config, "config.toml");
  const name = escapeUntrusted(file);
  if (existsSync(file)) return invocation.print(`${name} is there already\n`);
  mkdirSync(config, { recursive: true, mode: 0o700 });
  writeFileAtomic(file, EXAMPLE_CONFIGURATION, { mode: 0o600 });
  return invocation.print(`${name} written\n`);
}
