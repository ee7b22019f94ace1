import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { joinSockets } from "../proxy/tunnel.ts";

/** A listening socket of the sandbox's, and the port of the host's loopback that it leads to. */
export type OpenForward = { fd: number; hostPort: number };

const HALF_CLOSED_MILLISECONDS = 600_000;
const MOST_CONNECTIONS = 512;

/**
 * Serves one forward: whatever connects inside talks to the host's port, over IPv4, or over
 * IPv6 where nothing answers there.
 */
export function serveForward({ fd, hostPort }: OpenForward): Server {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    client.on("error", () => {});
    const options = { port: hostPort, allowHalfOpen: true, noDelay: true };
    dial(
      [
        { ...options, host: "127.0.0.1" },
        { ...options, host: "::1" },
      ],
      (host) => {
        if (host) joinSockets(client, host, HALF_CLOSED_MILLISECONDS);
        else client.resetAndDestroy();
      },
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("error", () => {});
  server.listen({ fd });
  return server;
}

type Address = { host: string; port: number; allowHalfOpen: boolean; noDelay: boolean };
type Socket = ReturnType<typeof connect>;

/** The first that answers; a refusal is passed on as one. */
function dial([address, ...others]: Address[], give: (socket: Socket | undefined) => void): void {
  if (address === undefined) return give(undefined);
  const socket = connect(address);
  socket.once("connect", () => {
    socket.off("error", next);
    socket.on("error", () => {});
    give(socket);
  });
  socket.once("error", next);

  function next(): void {
    socket.destroy();
    dial(others, give);
  }
}
