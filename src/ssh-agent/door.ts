import type { Socket } from "node:net";
import { type Listener, listenTcp, type OpenDoor } from "../proxy/listen.ts";
import { consuming, readUntil } from "../proxy/read.ts";
import { writeAndWait } from "../proxy/tunnel.ts";
import { parseFrame, frameMessage } from "./wire.ts";

/** One client's way to the keys. */
export type Conversation = {
  answer: (message: Uint8Array) => Promise<Uint8Array>;
  close: () => void;
};

export type AgentDoorOptions = {
  open: () => Conversation;
  onFault: (error: unknown) => void;
};

/** ssh keeps its connection for as long as it is forwarded: none is ended for being silent. */
const MOST_CLIENTS = 64;

/** Serves the socket by which programs inside find the broker. */
export function serveAgent(listener: Listener, options: AgentDoorOptions): Promise<OpenDoor> {
  const clients = new Set<Socket>();
  return listenTcp(listener, (client) => {
    client.on("error", () => {});
    if (clients.size >= MOST_CLIENTS) return void client.destroy();
    clients.add(client);
    const conversation = options.open();
    client.once("close", () => {
      clients.delete(client);
      conversation.close();
    });
    converse(client, conversation)
      .catch(options.onFault)
      .finally(() => client.destroySoon());
  });
}

async function converse(client: Socket, { answer }: Conversation): Promise<void> {
  for (;;) {
    const reading = await readUntil(client, consuming(parseFrame));
    if (reading.kind !== "parsed" || reading.value.kind !== "message") return;
    const reply = await answer(reading.value.message);
    if (client.destroyed) return;
    await writeAndWait(client, frameMessage(reply));
  }
}
