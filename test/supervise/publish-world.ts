import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { makeFolder, requireArchitecture, writeExecutable, writeInit } from "../init/init.ts";
import { INSIDE, writeNetworkFile } from "../init/network.ts";
import { isAlive, listProcesses, readProcess } from "../init/processes.ts";
import { until } from "../init/started.ts";
import { requireSandbox } from "../helpers/requires.ts";
import type { PublishingSettings } from "./publishing.ts";

export type World = {
  chain: ChildProcess;
  supervisor: number;
  events: () => Event[];
  /** Waits for an event with these fields, the nth of its kind. */
  says: (fields: Event, count?: number) => Promise<void>;
  /** The port of a listener that the supervisor has inside; on the host it is free. */
  door: number;
};

export type Event = Record<string, string | number>;

const BWRAP = `--unshare-user --unshare-pid --as-pid-1 --die-with-parent --ro-bind / / --dev /dev
  --proc /proc`.split(/\s+/u);

type Wishes = Partial<Pick<PublishingSettings, "ports" | "auto">> & {
  excluded?: (door: number) => number[];
};

/** A sandbox with test/init/inside.ts in it, and a supervisor that publishes. */
export async function startWorld(
  context: TestContext,
  { ports = [], auto = false, excluded = () => [] }: Wishes,
): Promise<World | undefined> {
  const bwrap = requireSandbox(context);
  const architecture = requireArchitecture(context);
  if (!bwrap || !architecture) return undefined;
  const folder = makeFolder(context);
  const init = writeInit(folder, architecture);
  const file = join(folder, "events");
  const [door = 0] = await findFreePorts(1);
  const settings = { init, ports, auto, excluded: excluded(door), listeners: 3, events: file };
  const network = writeNetworkFile(folder, [
    { transport: "tcp", address: "127.0.0.1", port: door, door: "proxy" },
    { transport: "udp", address: "127.0.0.1", port: 53, door: "dnsUdp" },
    { transport: "tcp", address: "127.0.0.1", port: 443, door: "tls" },
  ]);
  const gate = ["--network", network, "--supervisor", writeSupervisor(folder)];
  const sandbox = [bwrap, ...BWRAP, "--", init, "inner", ...INSIDE];
  const chain = spawn(init, ["outer", ...gate, "--", ...sandbox], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PALE_SUPERVISOR: JSON.stringify(settings satisfies PublishingSettings) },
  });
  let supervisor = 0;
  context.after(async () => {
    chain.kill("SIGKILL");
    // The next test may want the same ports; those of `auto` are always the same.
    await until(
      () => "the end of the supervisor",
      () => !isAlive(supervisor),
    );
  });
  const events = (): Event[] => readEvents(file);
  const says: World["says"] = (fields, count = 1) => {
    return until(
      () => `${count} times ${JSON.stringify(fields)} in ${JSON.stringify(events())}`,
      () => events().filter((event) => matches(event, fields)).length >= count,
    );
  };
  if (chain.stdout) await once(chain.stdout, "data");
  await says({ event: "started" });
  supervisor = Number(events().find(({ event }) => event === "started")?.["pid"]);
  return { chain, supervisor, events, says, door };
}

function writeSupervisor(folder: string): string {
  const program = join(import.meta.dirname, "publishing.ts");
  return writeExecutable(folder, "pale", `#!/bin/sh\nexec ${process.execPath} ${program}\n`);
}

function readEvents(file: string): Event[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as Event);
}

function matches(event: Event, fields: Event): boolean {
  return Object.entries(fields).every(([name, value]) => event[name] === value);
}

/**
 * Ports of the host that nobody listens on, and nobody will: the kernel gives out lower ones, and
 * test processes that run at the same time have others, each 45 of its own.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > 1000) throw new Error("there are no free ports");
    const port = 61_000 + (process.pid % 90) * 45 + (next++ % 45);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

let next = 0;

async function isFree(port: number): Promise<boolean> {
  try {
    const server = await listen(port, "127.0.0.1");
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

export async function listen(port: number, host: string): Promise<Server> {
  const server = createServer((client) => client.end("the host's own"));
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

export async function open(port: number, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

/** What comes until the end, or the code of what broke the connection. */
export function readAll(socket: Socket): Promise<{ bytes: Buffer; error?: string }> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  return new Promise((resolve) => {
    socket.once("end", () => resolve({ bytes: Buffer.concat(chunks) }));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve({ bytes: Buffer.concat(chunks), error: error.code ?? "" });
    });
  });
}

/** What comes of a connection; a reset may be there before the connection is. */
export function visit(port: number): Promise<{ bytes: Buffer; error?: string }> {
  return readAll(connect({ port, host: "127.0.0.1" }));
}

/** Sends something and its end, and gives the whole answer as text. */
export async function ask(port: number, text: string, host?: string): Promise<string> {
  const socket = await open(port, host);
  socket.end(text);
  const { bytes } = await readAll(socket);
  socket.destroy();
  return bytes.toString("latin1");
}

/** `undefined` when somebody answers, else why not. */
export async function knock(port: number, host: string): Promise<string | undefined> {
  try {
    (await open(port, host)).destroy();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

/** Waits until so many connections have a process. */
export async function dialsAre(supervisor: number, count: number): Promise<void> {
  const found = (): number => {
    const commands = listTree(supervisor).map((pid) => readProcess(pid)?.command[1]);
    return commands.filter((role) => role === "dial").length;
  };
  await until(
    () => `${count} processes, not ${found()}`,
    () => found() === count,
  );
}

/** The process and all that come from it. */
export function listTree(pid: number): number[] {
  const children = listProcesses().filter(({ parent, state }) => parent === pid && state !== "Z");
  return [pid, ...children.flatMap((child) => listTree(child.pid))];
}
