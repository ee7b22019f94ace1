import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { PALE } from "./world.ts";
import type { Outcome, World } from "./world.ts";

/** A sandbox of a test's world that runs until it is told to end. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string | null>;
  readonly #world: World;
  #said = "";

  private constructor(world: World, words: readonly string[]) {
    this.#world = world;
    this.child = spawn(PALE, ["run", ...words], { cwd: world.project, env: world.environment() });
    const note = (chunk: Buffer) => (this.#said += chunk.toString());
    this.child.stdout?.on("data", note);
    this.child.stderr?.on("data", note);
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => resolve(code ?? signal));
    });
  }

  /** @param script says `ready` when it is; `flags` are options of `pale run` */
  static async start(
    world: World,
    script = "echo ready; read line; exit 5",
    flags: readonly string[] = ["--network", "none"],
  ): Promise<Running> {
    const running = new Running(world, [...flags, "--", "sh", "-c", script]);
    await running.says(/^ready$/mu);
    return running;
  }

  get id(): number {
    return this.child.pid ?? 0;
  }

  get said(): string {
    return this.#said;
  }

  async says(wanted: RegExp): Promise<void> {
    await until(
      () => wanted.test(this.#said),
      () => `${String(wanted)} in ${JSON.stringify(this.#said)}`,
    );
  }

  /** `pale exec` of a shell script in it. */
  exec(script: string, ...rest: [Parameters<World["pale"]>[1]?]): Outcome {
    return this.#world.pale(["exec", String(this.id), "--", "sh", "-c", script], ...rest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

const PATIENCE = 30_000;

/** Asks until the answer is yes. */
export async function until(isSo: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what()}`);
    await sleep(20);
  }
}
