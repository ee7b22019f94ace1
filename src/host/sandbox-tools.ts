import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Architecture, SandboxTools } from "../plan/facts.ts";
import { checkKernelSettings, readKernelSettings } from "./kernel.ts";
import type { KernelSettings } from "./kernel.ts";
import { probeSandbox } from "./probe.ts";
import { findRootInit, ROOT_INIT } from "./root-init.ts";
import { findTool, fingerprintFile } from "./tools.ts";

/** `init`: the fingerprint of root's copy of the init program, when there is one. */
type Verified = { tools: SandboxTools; kernel: KernelSettings; init?: string | undefined };

/**
 * The tools as a former launch verified them, as long as neither their files nor the
 * kernel's settings have changed since; else found and probed anew.
 *
 * @param record file that keeps what was verified; in a directory no sandbox can write
 * @throws UserError when something is missing, not trusted or not allowed
 */
export function verifyTools(record: string, architecture: Architecture): SandboxTools {
  const kernel = readKernelSettings();
  const init = fingerprintFile(ROOT_INIT);
  const verified = readRecord(record);
  if (verified?.init === init && verified && isUnchanged(verified, kernel)) return verified.tools;
  checkKernelSettings(kernel);
  const tools = { bwrap: findTool("bwrap") };
  probeSandbox(tools.bwrap, kernel, findRootInit(architecture));
  mkdirSync(dirname(record), { recursive: true, mode: 0o700 });
  writeFileSync(record, JSON.stringify({ tools, kernel, init } satisfies Verified), {
    mode: 0o600,
  });
  return tools;
}

function readRecord(record: string): Verified | undefined {
  try {
    const { tools, kernel, init } = JSON.parse(readFileSync(record, "utf8")) as Verified;
    return tools.bwrap.path && kernel ? { tools, kernel, init } : undefined;
  } catch {
    return undefined;
  }
}

function isUnchanged(verified: Verified, kernel: KernelSettings): boolean {
  const { path, fingerprint } = verified.tools.bwrap;
  return (
    JSON.stringify(verified.kernel) === JSON.stringify(kernel) &&
    fingerprintFile(path) === fingerprint
  );
}
