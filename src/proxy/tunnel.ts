import type { Socket } from "node:net";

/**
 * Two sockets as one connection. Bytes go on as they come; a full buffer on one side stops
 * reading on the other; the end of one direction is passed on and leaves the other open. Nothing
 * limits how long it lives: an event stream may be silent for hours, and TCP keepalive finds out
 * whether the far end is still there.
 */
export function joinSockets(client: Socket, server: Socket, halfClosedMilliseconds: number): void {
  copyOneWay(client, server);
  copyOneWay(server, client);
  tieSockets(client, server, halfClosedMilliseconds);
}

export function copyOneWay(from: Socket, to: Socket): void {
  if (from.readableEnded) to.end();
  else from.pipe(to);
}

/** Writes and waits until there is room for more, or the socket has gone. */
export async function writeAndWait(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}

/** When one breaks, so does the other; when one has finished, the other may not idle forever. */
export function tieSockets(a: Socket, b: Socket, halfClosedMilliseconds: number): void {
  followSocket(a, b);
  followSocket(b, a);
  for (const [ended, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const limit = (): void => {
      other.setTimeout(halfClosedMilliseconds, () => [ended, other].map((one) => one.destroy()));
    };
    if (ended.readableEnded) limit();
    else ended.once("end", limit);
  }
}

/**
 * Resets `follower` when `leader` closes before both of its directions have come to their end: an
 * ordinary close would make a broken transfer look like a whole one.
 */
export function followSocket(leader: Socket, follower: Socket): void {
  const onClose = (): void => {
    if (!leader.readableEnded || !leader.writableFinished) follower.resetAndDestroy();
  };
  if (leader.destroyed) onClose();
  else leader.once("close", onClose);
}

/**
 * Sends last words and closes. What the client still sends is read and thrown away for a while:
 * closing with unread bytes would reset the connection, and the words might be lost with it.
 */
export function sayGoodbye(socket: Socket, words: Uint8Array): void {
  if (socket.destroyed) return;
  socket.unpipe();
  // The end of TLS is that of both directions: who still sends would see nothing but that.
  const isSecured = "encrypted" in socket;
  if (isSecured) socket.write(words);
  else socket.end(words);
  socket.on("data", () => {});
  socket.resume();
  const last = () => (isSecured ? socket.destroySoon() : socket.destroy());
  const timer = setTimeout(last, LINGER_MILLISECONDS);
  socket.once("end", () => socket.destroySoon());
  socket.once("close", () => clearTimeout(timer));
}

const LINGER_MILLISECONDS = 2000;
