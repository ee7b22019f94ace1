import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import type { NetConnectOpts } from "node:net";
import { DOOR_PORTS } from "../plan/network.ts";
import { renderClientHello } from "./hello.ts";
import { done, nameError, refused, untried } from "./targets.ts";
import type { Observation, Observations, Targets } from "./targets.ts";

/** Long for what answers from this machine, and short for who waits. */
const PATIENCE_MILLISECONDS = 1500;

/** Attempts to reach servers past the proxy, and by way of it. */
export async function actOnNetwork(targets: Targets): Promise<Observations> {
  const { loopbackPort: port, lan, runtimeSocket, token, allowed } = targets;
  const unlisted = `pale-selftest-${token}.example`;
  const acts: Record<string, Promise<Observation>> = {
    loopback: reach({ host: "127.0.0.1", port }),
    lan: lan ? reach({ host: lan.address, port: lan.port }) : absent("no address but loopback"),
    "temporary-socket": reach({ path: targets.temporarySocket }),
    "runtime-socket": runtimeSocket
      ? reach({ path: runtimeSocket })
      : absent("no directory XDG_RUNTIME_DIR"),
    "abstract-socket": reach({ path: `\0${targets.abstractSocket}` }),
    udp: sendDatagram(targets.datagramPort),
    "proxy-allowed": tunnel(`${allowed}:443`, allowed),
    "proxy-other-name": tunnel(`${allowed}:443`, unlisted),
    "proxy-unlisted": tunnel(`${unlisted}:443`),
    "proxy-address": tunnel(`127.0.0.1:${port}`),
    "proxy-metadata": tunnel(`${METADATA}:80`),
    "names-allowed": lookUp(allowed),
    "names-unlisted": lookUp(unlisted),
  };
  const pairs = Object.entries(acts).map(async ([name, act]) => [name, await act] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

/** Where clouds give out the machine's credentials. */
const METADATA = "169.254.169.254";

async function absent(why: string): Promise<Observation> {
  return untried(`this machine has ${why}`);
}

/** The status and the reason, without the host and the command that would allow it. */
function shorten(line: string): string {
  const [, status = "", reason = ""] = /^HTTP\/1\.1 (\d+) (.*)$/u.exec(line) ?? [];
  return `${status}: ${reason.replace(/^pale: \S+ is refused: /u, "").replace(/ \(.*\)$/u, "")}`;
}

/** Done when the canary's own answer comes back. */
async function reach(options: NetConnectOpts): Promise<Observation> {
  return judge(await converse(options, [Buffer.from("hello\n")]));
}

/** A connection by way of the proxy; `serverName` is what the client then says that it wants. */
async function tunnel(authority: string, serverName = authority): Promise<Observation> {
  const head = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
  const proxy = { host: "127.0.0.1", port: DOOR_PORTS.proxy };
  const spoken = await converse(proxy, [Buffer.from(head), renderClientHello(serverName)]);
  if (spoken.failure === "ECONNREFUSED") return untried("there is no proxy");
  if (spoken.text.includes(CANARY)) return done("the server answered");
  const [line = ""] = spoken.text.split("\r\n");
  if (/^HTTP\/1\.1 (?:403|400)/u.test(line)) return refused(shorten(line));
  if (line.startsWith("HTTP/1.1 200"))
    return refused("the connection was let through, and then cut");
  // Let through by the rules, and the network did not give it.
  return line === "" ? refused(spoken.failure ?? "closed") : done(line);
}

/** What the canaries answer to anything. */
export const CANARY = "pale-canary";

type Spoken = { text: string; failure: string | undefined };

/** Say the first part, the second after any answer, and collect what comes until the canary's word. */
function converse(options: NetConnectOpts, [first, ...rest]: Buffer[]): Promise<Spoken> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(options);
    const end = (failure: string | undefined) => {
      socket.destroy();
      resolve({ text, failure });
    };
    socket.setTimeout(PATIENCE_MILLISECONDS, () => end("no answer"));
    socket.on("error", (error) => end(nameError(error)));
    socket.on("close", () => end("closed"));
    socket.on("connect", () => first && socket.write(first));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes(CANARY)) return end(undefined);
      const next = rest.shift();
      if (next) socket.write(next);
    });
  });
}

function judge({ text, failure }: Spoken): Observation {
  return text.includes(CANARY) ? done("it answered") : refused(failure ?? "no answer");
}

function sendDatagram(port: number): Promise<Observation> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (observation: Observation) => {
      clearTimeout(timer);
      socket.close();
      resolve(observation);
    };
    const timer = setTimeout(() => end(refused("no answer")), PATIENCE_MILLISECONDS);
    socket.once("error", (error) => end(refused(nameError(error))));
    socket.once("message", () => end(done("it answered")));
    socket.send("hello", port, "127.0.0.1");
  });
}

async function lookUp(name: string): Promise<Observation> {
  const resolver = new Resolver({ timeout: PATIENCE_MILLISECONDS, tries: 1 });
  resolver.setServers([`127.0.0.1:${DOOR_PORTS.dns}`]);
  try {
    const addresses = await resolver.resolve4(name);
    return done(`it has the address ${addresses.join(", ")}`);
  } catch (error) {
    return refused(nameError(error));
  }
}
