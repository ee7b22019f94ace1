import { isGated } from "../policy.ts";
import type { Forward, Policy, Publication } from "../policy.ts";
import { UserError } from "../errors.ts";
import { hasClipboardDoor } from "./clipboard.ts";
import { planEndpoints, splitLoopback } from "./endpoints.ts";
import type { HostFacts } from "./facts.ts";
import { planNamedDoors } from "./named-doors.ts";
import type { Listener, NetworkGate } from "./plan.ts";

/**
 * The gate of a sandbox whose network is filtered: its own network holds a loopback and
 * nothing else, and on that loopback are listening sockets that the supervisor outside
 * serves. `undefined` where no traffic is to be let through, or none is to be looked at.
 *
 * @throws UserError when two things want the same port inside
 */
export function planGate(
  policy: Policy,
  facts: Pick<HostFacts, "registries" | "environment" | "clipboard" | "sockets">,
  learn: boolean,
): NetworkGate | undefined {
  const { network, forwards, publish } = policy;
  if (!isGated(network)) {
    refuseUnused(policy, learn);
    return undefined;
  }
  const { registries, environment } = facts;
  const endpoints = planEndpoints(policy.endpoints, environment);
  const registryHosts = registries.flatMap(({ hosts }) => hosts.map(({ rule }) => rule));
  const elsewhere = splitLoopback([...endpoints, ...registryHosts], Object.values(DOOR_PORTS));
  const allow = policy.allow.map(({ value }) => value);
  const proxied = policy.proxies.map(({ value }) => `${value.host}:443`);
  const found = [...elsewhere.allow, ...proxied];
  const clipboard = hasClipboardDoor(facts) ? [CLIPBOARD_DOOR] : [];
  const doors = [...DOORS, ...clipboard, ...planNamedDoors([...allow, ...found])];
  const listeners = [...doors, ...planForwards([...elsewhere.forwards, ...forwards])];
  if (listeners.length > MOST_LISTENERS) throw tooMany(listeners.length);
  return {
    allow,
    found,
    deny: policy.deny.map(({ value }) => value),
    open: network === "open" || learn,
    learn,
    listeners,
    publish: dropRepeated(publish),
    proxies: policy.proxies.map(({ value }) => value),
    logins: [],
  };
}

/**
 * Where the doors are inside. The two below 1024 and the name responder are where programs
 * expect servers; nothing inside could listen there itself. IPv6 has none: allowed names have
 * an IPv4 address only.
 */
export const DOOR_PORTS = {
  proxy: 38_128,
  socks: 38_108,
  tls: 443,
  http: 80,
  dns: 53,
  clipboard: 38_138,
} as const;

/** So that a name with an address of its own has the two doors there, too. */
const ANY = "0.0.0.0";

const DOORS: readonly Listener[] = [
  { door: "proxy", transport: "tcp", address: "127.0.0.1", port: DOOR_PORTS.proxy },
  { door: "socks", transport: "tcp", address: "127.0.0.1", port: DOOR_PORTS.socks },
  { door: "tls", transport: "tcp", address: ANY, port: DOOR_PORTS.tls },
  { door: "http", transport: "tcp", address: ANY, port: DOOR_PORTS.http },
  { door: "dnsUdp", transport: "udp", address: "127.0.0.1", port: DOOR_PORTS.dns },
  { door: "dnsTcp", transport: "tcp", address: "127.0.0.1", port: DOOR_PORTS.dns },
];

const CLIPBOARD_DOOR: Listener = {
  door: "clipboard",
  transport: "tcp",
  address: "127.0.0.1",
  port: DOOR_PORTS.clipboard,
};

/** For programs that know proxies; all others come through the doors that pose as servers. */
export function planProxyVariables(): Record<string, string> {
  const proxy = `http://127.0.0.1:${DOOR_PORTS.proxy}`;
  const own = "localhost,127.0.0.1,::1";
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    ALL_PROXY: proxy,
    NO_PROXY: own,
    http_proxy: proxy,
    https_proxy: proxy,
    all_proxy: proxy,
    no_proxy: own,
    NODE_USE_ENV_PROXY: "1",
  };
}

const OWN_PORTS: ReadonlySet<number> = new Set(Object.values(DOOR_PORTS));

/** The init program has no room for more. */
const MOST_LISTENERS = 240;

function planForwards(forwards: readonly Forward[]): Listener[] {
  const wanted = new Map<number, Forward>();
  for (const forward of forwards) {
    const { hostPort, sandboxPort } = forward;
    const other = wanted.get(sandboxPort);
    if (other && other.hostPort !== hostPort) throw takenTwice(forward, other);
    if (OWN_PORTS.has(sandboxPort)) throw takenByDoor(forward);
    wanted.set(sandboxPort, forward);
  }
  return [...wanted.values()].flatMap(({ hostPort, sandboxPort }) =>
    ["127.0.0.1", "::1"].map((address) => ({
      door: "forward",
      transport: "tcp",
      address,
      port: sandboxPort,
      hostPort,
    })),
  );
}

function dropRepeated(publish: readonly Publication[]): Publication[] {
  return [...new Map(publish.map((each) => [JSON.stringify(each), each])).values()];
}

/** What cannot have an effect is a mistake, and one that should not be noticed later. */
function refuseUnused(policy: Policy, learn: boolean): void {
  const { network, forwards, publish, proxies, logins, sshKeys } = policy;
  const unused = [
    ...(forwards.length > 0 ? ["forwards"] : []),
    ...(publish.length > 0 ? ["publish"] : []),
    ...(proxies.length > 0 ? ["proxies"] : []),
    ...(logins.length > 0 ? ["logins"] : []),
    ...(sshKeys.length > 0 ? ["ssh_keys"] : []),
    ...(learn ? ["--learn"] : []),
  ];
  if (unused.length === 0) return;
  throw new UserError(`\`${unused.join("`, `")}\` cannot work with \`network = "${network}"\``, {
    hint: network === "host" ? "leave it out: the host's loopback is there" : "use `filtered`",
  });
}

function takenTwice({ hostPort, sandboxPort }: Forward, other: Forward): UserError {
  return new UserError(
    `the host's ports ${other.hostPort} and ${hostPort} cannot both be ${sandboxPort} inside`,
    { origin: "forwards", hint: `choose another one: --forward ${hostPort}:PORT` },
  );
}

function takenByDoor({ hostPort, sandboxPort }: Forward): UserError {
  return new UserError(`port ${sandboxPort} inside is one of pale's own`, {
    origin: "forwards",
    hint: `choose another one: --forward ${hostPort}:PORT`,
  });
}

function tooMany(found: number): UserError {
  return new UserError(`${found} sockets are more than a sandbox can have`, {
    origin: "allow, forwards",
    hint: `${MOST_LISTENERS} are possible: 7, one for each \`host:port\`, two for each forward`,
  });
}
