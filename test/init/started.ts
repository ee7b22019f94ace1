import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { readProcess } from "./processes.ts";

/** How long to wait for anything before it counts as not happening. */
const PATIENCE = 20_000;

/** Asks until the answer is yes, and says in the error what was waited for. */
export async function until(what: () => string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what()}`);
    await sleep(5);
  }
}

/** A command that runs, the leader of a session and a process group of its own. */
export class Started implements Disposable {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #output = "";

  constructor([file = "", ...args]: readonly string[]) {
    this.#child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
    this.pid = this.#child.pid ?? 0;
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.#output += chunk.toString("latin1")));
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve(toExitCode(code, signal)));
    });
  }

  /** Complete lines of standard output. */
  get lines(): string[] {
    return this.#output.split("\n").slice(0, -1);
  }

  async says(count: number, line: string): Promise<void> {
    await until(
      () => `${count} times \`${line}\` in ${JSON.stringify(this.#output)}`,
      () => this.lines.filter((each) => each === line).length >= count,
    );
  }

  /** To the process alone. */
  signal(signal: number): void {
    process.kill(this.pid, signal);
  }

  signalGroup(signal: number): void {
    process.kill(-this.pid, signal);
  }

  /** As a shell would notice that its job has stopped. */
  async stops(): Promise<void> {
    await until(
      () => `${this.pid} stops`,
      () => this.#isStopped(),
    );
  }

  async goesOn(): Promise<void> {
    await until(
      () => `${this.pid} goes on`,
      () => !this.#isStopped(),
    );
  }

  #isStopped(): boolean {
    return readProcess(this.pid)?.state === "T";
  }

  /** The exit code as a shell sees it. */
  async ends(): Promise<number> {
    const late = sleep(PATIENCE, undefined, { ref: false }).then(() => {
      throw new Error(`in vain: the end, after ${JSON.stringify(this.#output)}`);
    });
    return Promise.race([this.#ended, late]);
  }

  [Symbol.dispose](): void {
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
}

export type Outcome = { code: number; stdout: Buffer; stderr: string };

/** A command from its start to its end. */
export function run([file = "", ...args]: readonly string[], input = ""): Outcome {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
    input,
    timeout: PATIENCE,
  });
  if (error) throw error;
  return { code: toExitCode(status, signal), stdout, stderr: stderr.toString("utf8") };
}

function toExitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + constants.signals[signal ?? "SIGKILL"];
}
