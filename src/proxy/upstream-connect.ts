import type { Socket } from "node:net";
import type { Limits } from "./limits.ts";
import { parseResponseHead } from "./http-message.ts";
import { consuming, readUntil } from "./read.ts";
import { renderConnect, type UpstreamProxy } from "./upstream.ts";

/** Makes a connection to an upstream proxy one to `authority`; `undefined` where it will not. */
export async function connectThrough(
  socket: Socket,
  {
    proxy,
    authority,
    limits,
  }: { proxy: UpstreamProxy; authority: string; limits: Pick<Limits, "dialMilliseconds"> },
): Promise<Socket | undefined> {
  socket.write(renderConnect(proxy, authority));
  const reading = await readUntil(socket, consuming(parseResponseHead), limits.dialMilliseconds);
  const answer = reading.kind === "parsed" ? reading.value : undefined;
  if (answer?.kind === "final" && answer.status < 300) return socket;
  socket.destroy();
  return undefined;
}
