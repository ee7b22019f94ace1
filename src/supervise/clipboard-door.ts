import type { Socket } from "node:net";
import { MOST_REQUEST_BYTES } from "../clipboard-words.ts";
import { makeBucket } from "../log/bucket.ts";
import { type Listener, listenTcp, type OpenDoor } from "../proxy/listen.ts";
import { answerRequest, type ClipboardAnswer, type ClipboardOptions } from "./clipboard.ts";
import { Places } from "./publish-places.ts";

export type DoorOptions = ClipboardOptions & { onFault: (error: unknown) => void };

/** From the connection to the end of the answer. */
const MOST_MILLISECONDS = 20_000;
const MOST_CLIENTS = 32;

/** A paste is up to six requests, and nobody pastes every second. */
const RATE = { burst: 30, perSecond: 1 };

/** One answer at a time: each may be large. */
const PLACES = { places: 1, waiting: 8, waitMilliseconds: 5000 };

/** Serves the door by which programs inside read the clipboard; see src/clipboard-words.ts. */
export function serveClipboard(listener: Listener, options: DoorOptions): Promise<OpenDoor> {
  const isWithinRate = makeBucket(RATE, () => performance.now());
  const places = new Places(PLACES);
  const clients = new Set<Socket>();
  return listenTcp(listener, (client) => {
    client.on("error", () => {});
    if (clients.size >= MOST_CLIENTS || !isWithinRate()) return turnAway(client);
    clients.add(client);
    const timer = setTimeout(() => client.destroy(), MOST_MILLISECONDS);
    client.once("close", () => {
      clearTimeout(timer);
      clients.delete(client);
    });
    serve(client, { options, places }).catch((error: unknown) => {
      client.destroy();
      options.onFault(error);
    });
  });
}

/** Nothing waits for its end: it may never come. */
function turnAway(client: Socket): void {
  client.end("no too many requests\n", () => client.destroy());
}

type Service = { options: DoorOptions; places: Places };

async function serve(client: Socket, { options, places }: Service): Promise<void> {
  const request = await readRequest(client);
  if (request === undefined) return void client.destroy();
  if (!(await places.take())) return turnAway(client);
  try {
    if (!client.destroyed) send(client, await answerRequest(request, options));
    await untilClosed(client);
  } finally {
    places.free();
  }
}

/** The first line; `undefined` when there is none, or it is too long. */
function readRequest(client: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    client.once("close", () => resolve(undefined)).once("end", () => resolve(undefined));
    client.on("data", (chunk: Buffer) => {
      if (bytes.length > MOST_REQUEST_BYTES) return;
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf("\n");
      const isWhole = end !== -1 && end <= MOST_REQUEST_BYTES;
      if (isWhole) resolve(bytes.toString("latin1", 0, end));
      else if (bytes.length > MOST_REQUEST_BYTES) resolve(undefined);
    });
    client.resume();
  });
}

function send(client: Socket, answer: ClipboardAnswer): void {
  client.end(
    answer.kind === "ok"
      ? Buffer.concat([Buffer.from("ok\n"), answer.content])
      : `no ${answer.reason}\n`,
  );
}

function untilClosed(client: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (client.destroyed) resolve();
    else client.once("close", () => resolve());
  });
}
