import { AGENTS } from "../config/builtin.ts";
import { findDirectories } from "../host/directories.ts";
import { shimDirectory } from "../shim/directory.ts";
import { installShims } from "../shim/install.ts";
import { renderShims } from "../shim/render.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";

/** `pale shims`: write a shim and its `-raw` twin for every agent, and remove stale ones. */
export function writeShims(invocation: Invocation): void {
  const directory = shimDirectory(findDirectories(invocation.environment));
  const pale = invocation.executable;
  const shims = AGENTS.flatMap((name) => renderShims({ name, pale }));
  const { written, unchanged, removed } = installShims(directory, shims);
  const lines = [
    escapeUntrusted(directory),
    ...line("  written", written),
    ...line("  unchanged", unchanged),
    ...line("  removed", removed),
  ];
  invocation.print(`${lines.join("\n")}\n`);
}

function line(word: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${word}: ${names.map(escapeUntrusted).join(" ")}`] : [];
}
