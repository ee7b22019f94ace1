import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { removeTree } from "./remove-tree.ts";

/** The executable under test: as `npm run build` made it, or another one. */
export const PALE =
  process.env["PALE_TEST_EXECUTABLE"] ?? join(import.meta.dirname, "../../dist/pale");

export type Outcome = { status: number | null; stdout: string; stderr: string };

export type RunOptions = {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  timeout?: number;
};

/**
 * A home directory and a project of its own for one test, and pale run in them with an
 * environment that holds nothing else.
 */
export class World implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "pale-test-")));
  readonly home = join(this.root, "home/user");
  readonly project = join(this.home, "work/project");

  constructor() {
    mkdirSync(join(this.project, ".git"), { recursive: true });
  }

  /** A file below the home directory; the name is relative to it. */
  write(name: string, text: string, mode = 0o644): string {
    const path = join(this.home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  }

  environment(extra: Record<string, string> = {}): Record<string, string> {
    return { HOME: this.home, PATH: "/usr/local/bin:/usr/bin:/bin", TERM: "xterm", ...extra };
  }

  /** `pale ARGS...`, started in the project. */
  pale(args: readonly string[], options: RunOptions = {}): Outcome {
    return this.spawn([PALE, ...args], options);
  }

  /** A shell script inside the sandbox: `pale run OPTIONS -- sh -c SCRIPT`. */
  inside(script: string, options: RunOptions & { flags?: readonly string[] } = {}): Outcome {
    return this.pale(["run", ...(options.flags ?? []), "--", "sh", "-c", script], options);
  }

  /** The control of a denial: the same script, without a sandbox. */
  outside(script: string, options: RunOptions = {}): Outcome {
    return this.spawn(["sh", "-c", script], options);
  }

  spawn([command = "", ...args]: readonly string[], options: RunOptions = {}): Outcome {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: options.cwd ?? this.project,
      env: this.environment(options.env),
      encoding: "utf8",
      timeout: options.timeout ?? 60_000,
      ...(options.input !== undefined && { input: options.input }),
    });
    if (error) throw error;
    return { status, stdout, stderr };
  }

  [Symbol.dispose](): void {
    // An overlay leaves a directory that not even its owner may look into.
    spawnSync("chmod", ["-R", "u+rwX", this.root], { stdio: "ignore" });
    removeTree(this.root);
  }
}
