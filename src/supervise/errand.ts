import { spawn } from "node:child_process";
import type { Session } from "./session.ts";

/** A program of the user's session that the supervisor runs outside of the sandbox. */
export type Errand = {
  /** Absolute path. */
  program: string;
  args: readonly string[];
  environment: Session;
  /** After that it is killed. */
  milliseconds: number;
  /** Of its output; a program that has more to say is killed. */
  mostBytes: number;
};

/** `failed`: it could not be started, or says so by its code. */
export type ErrandEnd =
  | { kind: "done"; output: Buffer }
  | { kind: "failed" | "too-long" | "too-much" };

export type RunErrand = (errand: Errand) => Promise<ErrandEnd>;

/**
 * Errands go by way of the init program, so that none outlives this process, however that ends.
 * Each is a session of its own: what it starts ends with it.
 */
export function makeErrands(init: string): RunErrand {
  return (errand) => run(init, errand);
}

/** `wl-paste` runs `cat`; what is untranslated is UTF-8. */
const ENVIRONMENT = {
  PATH: "/usr/bin:/bin:/run/current-system/sw/bin",
  LC_ALL: "C.UTF-8",
} as const;

/** Never rejects: who asks has more to do than this. */
async function run(init: string, errand: Errand): Promise<ErrandEnd> {
  try {
    return await collect(start(init, errand), errand);
  } catch {
    return { kind: "failed" };
  }
}

function start(init: string, { program, args, environment }: Errand) {
  return spawn(init, ["errand", String(process.pid), program, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...ENVIRONMENT, ...environment },
    cwd: "/",
    detached: true,
  });
}

function collect(
  child: ReturnType<typeof start>,
  { milliseconds, mostBytes }: Errand,
): Promise<ErrandEnd> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (end: ErrandEnd): void => {
      clearTimeout(timer);
      if (end.kind !== "done") endGroup(child.pid);
      resolve(end);
    };
    const timer = setTimeout(() => settle({ kind: "too-long" }), milliseconds);
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > mostBytes) settle({ kind: "too-much" });
      else chunks.push(chunk);
    });
    child.once("error", () => settle({ kind: "failed" }));
    child.once("close", (code) => {
      settle(code === 0 ? { kind: "done", output: Buffer.concat(chunks) } : { kind: "failed" });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
