import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, ListenOptions } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Directories, Environment } from "../host/directories.ts";
import { releaseOnSignal } from "../host/release-on-signal.ts";
import { CANARY } from "./acts-network.ts";
import { permitTracing } from "./acts-kernel.ts";
import type { Targets } from "./targets.ts";

export type Canaries = { targets: Targets; file: string; release: () => void };

/**
 * Lay out a temporary project and what nobody inside is to reach: files, sockets, servers and a
 * process. All of it goes again with `release`.
 */
export async function layOut(
  directories: Directories,
  environment: Environment,
): Promise<Canaries> {
  const token = randomBytes(12).toString("hex");
  const releases: (() => void)[] = [];
  const release = () => {
    for (const each of releases.splice(0).toReversed()) each();
  };
  releases.push(releaseOnSignal(release));
  try {
    const targets = await makeTargets({ token, directories, environment, releases });
    const file = join(targets.project, "targets.json");
    writeFileSync(file, JSON.stringify(targets));
    return { targets, file, release };
  } catch (error) {
    release();
    throw error;
  }
}

type Making = {
  token: string;
  directories: Directories;
  environment: Environment;
  releases: (() => void)[];
};

async function makeTargets(making: Making): Promise<Targets> {
  const { token, directories, environment, releases } = making;
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pale-selftest-")));
  releases.push(() => rmSync(root, { recursive: true, force: true }));
  const homeFile = join(directories.home, `.pale-selftest-${token}`);
  releases.push(() => rmSync(homeFile, { force: true }));
  const temporaryFile = join(root, "outside");
  for (const path of [homeFile, temporaryFile]) writeFileSync(path, token, { mode: 0o600 });
  const runtime = environment["XDG_RUNTIME_DIR"];
  const runtimeSocket =
    runtime && existsSync(runtime) ? join(runtime, `pale-selftest-${token}`) : undefined;
  const sockets = {
    temporarySocket: join(root, "socket"),
    runtimeSocket,
    abstractSocket: `pale-selftest-${token}`,
  };
  await listen({ path: sockets.temporarySocket }, releases);
  if (runtimeSocket) await listen({ path: runtimeSocket }, releases);
  await listen({ path: `\0${sockets.abstractSocket}` }, releases);
  const { config, state, cache, data } = directories;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  return {
    token,
    homeFile,
    temporaryFile,
    ...sockets,
    ...(await startServers(releases)),
    process: startProcess(token, releases),
    allowed: `allowed-${token}.example`,
    project: makeProject(root),
    own: [config, state, cache, data],
  };
}

async function startServers(releases: (() => void)[]) {
  const loopbackPort = await listen({ host: "127.0.0.1", port: 0 }, releases);
  const address = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;
  const lan = address && { address, port: await listen({ host: address, port: 0 }, releases) };
  return { loopbackPort, lan: lan || undefined, datagramPort: await echo(releases) };
}

/**
 * Answers with the canary's word to whatever comes, and never speaks first. To the supervisor it
 * is an upstream proxy, so that a host can be reached without the internet.
 */
async function listen(options: ListenOptions, releases: (() => void)[]): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const isConnect = chunk.toString("latin1").startsWith("CONNECT ");
      if (isConnect) socket.write("HTTP/1.1 200 OK\r\n\r\n");
      else socket.end(`${CANARY}\n`);
    });
  });
  server.listen(options);
  await once(server, "listening");
  releases.push(() => server.close());
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

async function echo(releases: (() => void)[]): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (_, { port, address }) => socket.send(CANARY, port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  releases.push(() => socket.close());
  return socket.address().port;
}

/** One with the token on its command line; the one to be traced is this process. */
function startProcess(token: string, releases: (() => void)[]): number {
  const child = spawn("/bin/sh", ["-c", "read word", token], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  releases.push(() => child.stdin.end());
  permitTracing();
  return process.pid;
}

function makeProject(root: string): string {
  const project = join(root, "project");
  mkdirSync(join(project, ".git/hooks"), { recursive: true });
  mkdirSync(join(project, "mount"));
  writeFileSync(join(project, ".git/HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(project, ".git/config"), "[core]\n\tbare = false\n");
  return project;
}
