import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";

/**
 * What a test needs from the machine. Where it is missing the test is skipped with the
 * reason on the screen, except where everything must be there (`CI=true` or
 * `PALE_MUST_SANDBOX=1`): there it fails, so that no promise goes untested unnoticed.
 *
 * All return `undefined` for "skipped": `if (!requireTool(context, "gcc")) return;`
 */

/** Absolute path of a program on PATH. */
export function requireTool(context: TestContext, name: string): string | undefined {
  return findTool(name) ?? skip(context, `\`${name}\` is not installed`);
}

export function requireTools(context: TestContext, names: readonly string[]): true | undefined {
  const missing = names.filter((name) => !findTool(name));
  if (missing.length === 0) return true;
  return skip(context, `not installed: ${missing.join(", ")}`);
}

/** Absolute path of a bwrap that can make namespaces here. */
export function requireSandbox(context: TestContext): string | undefined {
  const bwrap = requireTool(context, "bwrap");
  if (!bwrap) return undefined;
  const options = ["--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "true"];
  const attempt = spawnSync(bwrap, options, { encoding: "utf8" });
  if (attempt.status === 0) return bwrap;
  return skip(context, `bwrap cannot make a sandbox here: ${attempt.stderr.trim()}`);
}

export function skip(context: TestContext, reason: string): undefined {
  if (mustRun()) throw new Error(`${reason}, and tests must not be skipped here`);
  context.diagnostic(`skipped: ${reason}`);
  context.skip(reason);
}

function findTool(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mustRun(): boolean {
  return process.env["CI"] === "true" || process.env["PALE_MUST_SANDBOX"] === "1";
}
