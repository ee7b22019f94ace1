import { endProcess, enterNetwork, type Entrance } from "./publish-enter.ts";
import type { Reports } from "./publish-event.ts";
import { type PortServer, type PublishedPort, publishPort } from "./publish-port.ts";

export type AutoOptions = Reports & {
  entrance: Entrance;
  /** Not to be published. */
  excluded: readonly number[];
  server: PortServer;
};

const MOST_PORTS = 32;
const FIRST_PORT = 1024;

/** Publishes what listens inside, under its own number, for as long as it does. */
export function startAuto(options: AutoOptions): PublishedPort {
  const open = new Map<number, PublishedPort>();
  let work = Promise.resolve();
  let closing = false;
  const follow = (listening: readonly number[]): void => {
    work = work.then(() => publishExactly(listening, { ...options, open }));
  };
  const watcher = enterNetwork(options.entrance, { role: "ports", stdio: ["ignore", "pipe"] });
  watcher.once("error", options.onFault);
  watcher.once("exit", (code, signal) => {
    follow([]);
    if (!closing) options.onFault(new Error(`\`init ports\` ended with ${code ?? signal}`));
  });
  if (watcher.stdout) readLines(watcher.stdout, (line) => follow(parsePorts(line)));
  const close = async (): Promise<void> => {
    closing = true;
    await endProcess(watcher);
    follow([]);
    await work;
  };
  return { close };
}

type Publishing = AutoOptions & { open: Map<number, PublishedPort> };

async function publishExactly(listening: readonly number[], given: Publishing): Promise<void> {
  const { open, server } = given;
  const eligible = listening.filter((port) => isEligible(port, given));
  for (const [port, published] of open) {
    if (eligible.includes(port)) continue;
    open.delete(port);
    await published.close();
  }
  for (const port of eligible.filter((port) => !open.has(port))) {
    const pair = { sandboxPort: port, hostPort: port };
    if (open.size >= MOST_PORTS) {
      // Once for all of them: there may be tens of thousands.
      given.onEvent({ event: "refused", ...pair, reason: "too-many-ports" });
      return;
    }
    open.set(port, await publishPort(pair, server));
  }
}

function isEligible(port: number, { excluded }: Publishing): boolean {
  return port >= FIRST_PORT && !excluded.includes(port);
}

function parsePorts(line: string): number[] {
  return line.split(" ").filter(Boolean).map(Number);
}

/** The init program's lines are never longer than all ports there can be. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
