import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Certificates } from "../proxy/certificates.ts";
import type { Query } from "./name-server.ts";
import { prepareWorld } from "./prepare.ts";
import type { Seen } from "./web-server.ts";
import { waitUntil } from "../helpers/wait-sync.ts";

/**
 * An internet in namespaces that an ordinary user can make: servers, names and a local network,
 * around a host that is this machine with the same files but another network. It ends when the
 * test process does, however that ends: its first process waits for the end of a pipe.
 *
 * Root is not mapped in there (an ordinary user cannot do that), so root's files belong to
 * `nobody`: see `ConnectedWorld`.
 */
export class Internet {
  readonly directory = mkdtempSync(join(tmpdir(), "pale-internet-"));
  readonly caFile: string;
  readonly #process: ChildProcess;
  readonly #first: number;

  constructor(certificates: Certificates) {
    this.caFile = certificates.caFile;
    prepareWorld(this.directory, certificates);
    this.#process = startWorld(this.directory);
    waitUntil(
      () => this.#exists("ready") || this.#process.exitCode !== null,
      "the servers of the fake internet to listen",
    );
    this.#first = findChild(this.#process.pid);
  }

  /** What makes a command one of the host in this internet: to be put in front of it. */
  enter(directory: string): readonly string[] {
    const { uid, gid } = userInfo();
    const namespaces = ["--user", "--net", "--mount", "--pid", "--preserve-credentials"];
    const user = ["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];
    const move = ["sh", "-c", 'cd "$0" && exec "$@"', directory];
    return ["nsenter", `--target=${this.#first}`, ...namespaces, "--", ...user, ...move];
  }

  /** Every question that a name server was asked so far. */
  queries(): Query[] {
    return this.#readLines("queries").map((line): Query => JSON.parse(line));
  }

  /** Every request that a web server got so far. */
  requests(): Seen[] {
    return this.#readLines("requests").map((line): Seen => JSON.parse(line));
  }

  /** A file that the world was made with: `client-key`, `known-hosts`. */
  read(name: string): string {
    return readFileSync(join(this.directory, name), "utf8");
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }

  #readLines(name: string): string[] {
    if (!this.#exists(name)) return [];
    return this.read(name)
      .split("\n")
      .filter((line) => line !== "");
  }

  #exists(name: string): boolean {
    return existsSync(join(this.directory, name));
  }
}

function startWorld(directory: string): ChildProcess {
  const { uid, gid } = userInfo();
  const namespaces = ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork"];
  const script = join(import.meta.dirname, "world.sh");
  const servers = [process.execPath, join(import.meta.dirname, "serve.ts"), directory];
  return spawn(
    "unshare",
    [...namespaces, "--mount-proc", "--", "sh", script, directory, `${uid}`, `${gid}`, ...servers],
    {
      stdio: ["pipe", "ignore", "inherit"],
      env: { PATH: `/usr/sbin:/sbin:${process.env["PATH"] ?? ""}`, HOME: directory },
    },
  );
}

/** The first process of a PID namespace, as seen from here. */
function findChild(parent: number | undefined): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim();
  if (!/^\d+$/u.test(children)) throw new Error(`the fake internet did not start: ${children}`);
  return Number(children);
}
