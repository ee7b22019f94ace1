import { connect } from "node:net";
import { createServer } from "node:tls";
import type { Site } from "./web-server.ts";

type Options = { address: string; socket: string; site: Pick<Site, "key" | "cert"> };

/**
 * The model's API, as the agents know it, over TLS. Behind it is the test's own scripted model,
 * which is not in this world: a socket in the file system leads from one to the other.
 */
export function startModelServer({ address, socket, site }: Options): Promise<void> {
  const server = createServer({ key: site.key, cert: site.cert }, (client) => {
    const model = connect(socket);
    model.on("error", () => client.destroy());
    client.on("error", () => model.destroy());
    client.pipe(model).pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(443, address, () => resolve());
  });
}
