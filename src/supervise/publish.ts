import { startAuto } from "./publish-auto.ts";
import { makeDialler } from "./publish-dial.ts";
import type { Entrance } from "./publish-enter.ts";
import type { PortPair, PublishEvent, Reports } from "./publish-event.ts";
import { type PublishedPort, publishPort } from "./publish-port.ts";

/**
 * Servers inside the sandbox, shown on the host's loopback and nowhere else. This process
 * listens there; each connection is handed to a process of its own that enters the sandbox's
 * network and can connect to nothing but its loopback. It works from the outside in: nothing
 * inside gets a socket of the host's network.
 */
export type PublishOptions = Entrance &
  Reports & {
    ports: readonly PortPair[];
    /** Whatever listens inside on a port of 1024 or more, under its own number. */
    auto: boolean;
    /** Sandbox ports that `auto` leaves out: doors and forwards. */
    excluded: readonly number[];
  };

/**
 * Settles when each of `ports` has been asked for once; one that is taken is asked for again
 * until it is there. Never rejects.
 */
export async function startPublishing(options: PublishOptions): Promise<PublishedPort> {
  const { init, namespaces, ports, onFault } = options;
  const onEvent = (event: PublishEvent): void => {
    try {
      options.onEvent(event);
    } catch (error) {
      onFault(error);
    }
  };
  const entrance = { init, namespaces };
  const dialler = makeDialler(entrance, { onEvent, onFault });
  const server = { serve: dialler.dial, onEvent };
  const published = await Promise.all(ports.map((pair) => publishPort(pair, server)));
  if (options.auto) {
    const named = ports.flatMap(({ sandboxPort, hostPort }) => [sandboxPort, hostPort]);
    const excluded = [...options.excluded, ...named];
    try {
      published.push(startAuto({ entrance, excluded, server, onEvent, onFault }));
    } catch (error) {
      onFault(error);
    }
  }
  const close = async (): Promise<void> => {
    await Promise.all(published.map((each) => each.close()));
    await dialler.close();
  };
  return { close };
}
