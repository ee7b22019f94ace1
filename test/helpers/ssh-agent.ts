import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "./wait-sync.ts";

/** A real ssh agent outside of every world, with keys that are nowhere else. */
export class SshAgent implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "pale-agent-"));
  readonly socket = join(this.directory, "socket");
  readonly environment = { SSH_AUTH_SOCK: this.socket };
  readonly #process: ChildProcess;

  constructor() {
    this.#process = spawn("ssh-agent", ["-D", "-a", this.socket], { stdio: "ignore" });
    // The socket is there a moment before anybody listens.
    waitUntil(() => this.#isListening(), "the ssh agent");
  }

  /** Makes a key that this agent alone has; gives the line of its public half. */
  make(comment: string): string {
    const file = join(this.directory, "new");
    this.#run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);
    this.#run("ssh-add", ["-q", file]);
    rmSync(file);
    return (
      this.#run("ssh-add", ["-L"])
        .split("\n")
        .find((line) => line.endsWith(comment)) ?? ""
    );
  }

  /**
   * @param text of a private key without a passphrase
   * @param options of ssh-add
   */
  add(text: string, options: readonly string[] = []): void {
    this.#run("ssh-add", ["-q", ...options, "-"], text);
  }

  [Symbol.dispose](): void {
    this.#process.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** `ssh-add -l` ends with 2 when it cannot connect, and with 1 when there are no keys. */
  #isListening(): boolean {
    const env = { ...process.env, ...this.environment };
    return spawnSync("ssh-add", ["-l"], { env, stdio: "ignore" }).status !== 2;
  }

  #run(command: string, args: readonly string[], input = ""): string {
    const env = { ...process.env, ...this.environment };
    const { status, stdout, stderr } = spawnSync(command, args, { env, input, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  }
}
