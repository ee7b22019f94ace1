import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A real terminal with an interactive bash in it, by tmux: what is typed goes through a
 * pty, and the screen is what a user would see. But for the echo of Ctrl-C and the like, which the
 * kernel writes after it has sent the signal: so it may come in the midst of what the program says.
 */
export class Terminal implements Disposable {
  readonly #socket = `pale-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(cwd: string, environment: Record<string, string>) {
    const variables = Object.entries({ ...environment, PS1: "$ ", LC_ALL: "C.UTF-8" });
    const words = ["env", "-i", ...variables.map(([name, value]) => `${name}=${value}`)];
    this.#tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-x",
      "100",
      "-y",
      "40",
      "-c",
      cwd,
      ...words,
      "sh",
      "-c",
      "stty -echoctl; exec bash --norc",
    );
  }

  /** Type without pressing Enter. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  /** Type a line and press Enter. */
  line(text: string): void {
    this.type(text);
    this.#tmux("send-keys", "Enter");
  }

  /** Type for an agent, a key after the other: what comes at once is pasted, and so is its Enter. */
  async submit(text: string, shown: RegExp): Promise<void> {
    this.type(text);
    await this.shows(shown);
    this.key("Enter");
  }

  /** Press a key by tmux's name for it, as `C-c`. */
  key(name: string): void {
    this.#tmux("send-keys", name);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What a program has put into the clipboard; for tmux sets none by itself. */
  clipboard(): string {
    try {
      return this.#tmux("show-buffer");
    } catch {
      return "";
    }
  }

  title(): string {
    return this.#tmux("display-message", "-p", "#{pane_title}").trimEnd();
  }

  /** Let programs set the clipboard, as many terminals do. */
  openClipboard(): void {
    this.#tmux("set-option", "-s", "set-clipboard", "on");
  }

  screen(): string {
    return this.#tmux("capture-pane", "-p").trimEnd();
  }

  /** Wait until the screen shows `wanted`; fail with the screen when it does not. */
  async shows(wanted: RegExp): Promise<void> {
    const deadline = Date.now() + 45_000;
    while (!wanted.test(this.screen())) {
      if (Date.now() > deadline)
        throw new Error(`no ${String(wanted)} on the screen:\n${this.screen()}`);
      await sleep(50);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#tmux("kill-server");
    } catch {
      // It ends by itself when the shell in it does.
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync("tmux", ["-L", this.#socket, ...args], { encoding: "utf8" });
  }
}
