import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { DOOR_PORTS } from "../../src/plan/network.ts";

/**
 * Has a server listen on the host's loopback, at a port that no door inside has: the kernel gives
 * out those too, and there a sandbox with a filtered network is answered by its own door.
 */
export async function listenOnLoopback(server: Server): Promise<number> {
  const doors: readonly number[] = Object.values(DOOR_PORTS);
  for (;;) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    if (!doors.includes(port)) return port;
    server.close();
    await once(server, "close");
  }
}
