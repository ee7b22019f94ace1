import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { assembleFilter } from "../../src/seccomp/filter.ts";
import { requireSandbox, skip } from "../helpers/requires.ts";

export type Inside = {
  /** Seen inside as `/tmp/given`. */
  folder: string;
  command: readonly string[];
  isFiltered: boolean;
  /** Whether to be root of the sandbox's own user namespace, to whom its kernel objects belong. */
  isRoot: boolean;
};

/**
 * Runs a command under bwrap as the caller, with the filter or, for the control, without it.
 * What runs the tests is there as `/tmp/bun`, wherever it was installed.
 */
export function runInside(context: TestContext, inside: Inside) {
  const bwrap = requireSandbox(context);
  if (!bwrap) return undefined;
  const filter = inside.isFiltered ? writeFilter(context) : "/dev/null";
  if (!filter) return undefined;
  const seccomp = inside.isFiltered ? ["--seccomp", "3"] : [];
  const root = inside.isRoot ? ["--uid", "0", "--gid", "0", "--cap-add", "ALL"] : [];
  const given = ["--ro-bind", inside.folder, "/tmp/given"];
  const bun = ["--ro-bind", process.execPath, "/tmp/bun"];
  const options = [...seccomp, ...SANDBOX, ...root, ...given, ...bun];
  const script = 'exec 3<"$0"; exec "$@"';
  const command = ["-c", script, filter, bwrap, ...options, "--", ...inside.command];
  return spawnSync("sh", command, { encoding: "utf8", timeout: 60_000, env: ENVIRONMENT });
}

const SANDBOX = `--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts
  --die-with-parent --ro-bind / / --dev /dev --proc /proc
  --tmpfs /tmp --dir /tmp/home --chdir /tmp/home`.split(/\s+/u);

const ENVIRONMENT = { PATH: process.env["PATH"], HOME: "/tmp/home", LC_ALL: "C.UTF-8" };

function writeFilter(context: TestContext): string | undefined {
  const machine = ({ x64: "x86_64", arm64: "aarch64" } as const)[process.arch as "x64" | "arm64"];
  if (!machine) return skip(context, `there is no filter for ${process.arch}`);
  const folder = mkdtempSync(join(tmpdir(), "pale-filter-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "filter.bpf");
  writeFileSync(file, assembleFilter(machine));
  return file;
}
