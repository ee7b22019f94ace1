import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { BubblewrapFact } from "../doctor/facts.ts";
import { findRootProgram, findTool } from "./tools.ts";

/**
 * What is known of bubblewrap, and what one attempt shows.
 *
 * @param scratch an empty directory, for the attempt
 * @throws UserError when there is none that can be trusted
 */
export function readBubblewrap(scratch: string): BubblewrapFact {
  const { path, version } = findTool("bwrap");
  return { path, version, packaged: readPackaged(path), followsLinks: tryLinks(path, scratch) };
}

/**
 * Have a directory made below a link to the host, as bubblewrap sees it while it sets up
 * (CVE-2026-87766): the fixed ones take the link as leading to a place inside.
 */
function tryLinks(bwrap: string, scratch: string): boolean | undefined {
  const [shown, outside] = [join(scratch, "shown"), join(scratch, "outside")];
  for (const directory of [shown, outside]) mkdirSync(directory);
  symlinkSync(join("/oldroot", outside), join(shown, "link"));
  const root = ["--unshare-user", "--ro-bind", "/", "/", "--tmpfs", "/run"];
  const sandbox = [...root, "--bind", shown, "/run/shown"];
  const start = (...more: string[]) =>
    spawnSync(bwrap, [...sandbox, ...more, "--", bwrap, "--version"], { env: {}, stdio: "ignore" });
  if (start().status !== 0) return undefined;
  start("--dir", "/run/shown/link/made");
  return existsSync(join(outside, "made"));
}

/** The version of the package that a file is from. */
function readPackaged(path: string): string | undefined {
  const asked: [string, string[]][] = [
    ["dpkg-query", ["--show", "--showformat", "${Version}", "bubblewrap"]],
    ["rpm", ["--query", "--queryformat", "%{VERSION}-%{RELEASE}", "--file", path]],
  ];
  for (const [name, words] of asked) {
    const program = findRootProgram(name);
    if (program === undefined) continue;
    const { status, stdout } = spawnSync(program, words, { env: {}, encoding: "utf8" });
    if (status === 0 && path.startsWith("/usr/bin/")) return stdout.trim();
  }
  return undefined;
}
