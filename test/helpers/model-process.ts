import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { LoginScript } from "./login-server.ts";
import { mergeToolResults, type RecordedRequest } from "./model-api.ts";
import type { ToolResult, Turn } from "./model-script.ts";
import { waitUntil } from "./wait-sync.ts";

const PROGRAM = path.join(import.meta.dirname, "model-api.ts");

/**
 * The scripted model as a process of its own, for tests that wait for an agent with
 * `spawnSync`: a server in the same process could not answer meanwhile.
 */
export class ModelProcess implements Disposable {
  readonly url: string;
  readonly #log: string;
  readonly #stop: () => void;

  /**
   * `directory` is the test's own; the script, the port and the log are written there. With a
   * key or a log-in that is demanded, whoever does not show it is turned away.
   */
  constructor(script: readonly Turn[], directory: string, demanded?: string | LoginScript) {
    const file = (name: string): string => path.join(directory, `model-${name}`);
    writeFileSync(file("script.json"), JSON.stringify(script));
    const own = ["--script", file("script.json"), "--port-file", file("port")];
    const options = typeof demanded === "string" ? [...own, "--key", demanded] : own;
    this.#log = file("log.jsonl");
    if (typeof demanded === "object") {
      writeFileSync(file("login.json"), JSON.stringify(demanded));
      options.push("--login", file("login.json"));
    }
    const server = spawn(process.execPath, [PROGRAM, ...options, "--log", this.#log], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.#stop = () => server.kill();
    this.url = `http://127.0.0.1:${waitForLine(file("port"))}`;
  }

  /** Every request so far, oldest first. */
  requests(): RecordedRequest[] {
    // What is behind the last line end is being written.
    const lines = readFileSync(this.#log, "utf8").split("\n").slice(0, -1);
    return lines.map((line): RecordedRequest => JSON.parse(line));
  }

  toolResults(): ToolResult[] {
    return mergeToolResults(this.requests());
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

function waitForLine(file: string): string {
  waitUntil(() => existsSync(file), `${file} of the scripted model`, 60_000);
  return readFileSync(file, "utf8").trim();
}
