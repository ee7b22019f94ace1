import { createSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";

/** A socket that is bound already (TCP: and listens), or where to bind one. */
export type Listener = { fd: number } | { host: string; port: number };

export type OpenDoor = { port: number; close: () => Promise<void> };

/**
 * Connections come paused: nothing is read before somebody listens. The far end may finish its
 * side and still be answered.
 */
export async function listenTcp(
  listener: Listener,
  onConnection: (client: Socket) => void,
): Promise<OpenDoor> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...listener, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // Accepting may fail for a while, when there are no descriptors left; the door stays open.
  server.on("error", () => {});
  return { port: portOf(server), close: () => closeServer(server) };
}

/** Answers datagrams; `undefined` leaves one without an answer. */
export async function listenUdp(
  listener: Listener,
  answer: (bytes: Uint8Array) => Uint8Array | undefined,
): Promise<OpenDoor> {
  const six = "host" in listener && listener.host.includes(":");
  const socket = createSocket(six ? "udp6" : "udp4");
  socket.on("message", (bytes, { port, address }) => {
    const reply = answer(bytes);
    // Datagrams get lost; one that cannot be sent is one of those.
    if (reply) socket.send(reply, port, address, () => {});
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind("fd" in listener ? { fd: listener.fd } : bindAddress(listener), () => {
      socket.off("error", reject);
      resolve();
    });
  });
  socket.on("error", () => {});
  const closeSocket = (): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
  return { port: socket.address().port, close: closeSocket };
}

const BACKLOG = 1024;

function bindAddress({ host, port }: { host: string; port: number }): {
  address: string;
  port: number;
} {
  return { address: host, port };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
