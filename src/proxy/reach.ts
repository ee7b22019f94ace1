import type { Socket } from "node:net";
import { type Address, parseAddress, parseRange } from "./addresses.ts";
import type { Context, Refusal, Session } from "./context.ts";
import { settleWithin } from "./deadline.ts";
import { dialFirst } from "./dial.ts";
import { reportAllowed, reportRefusal } from "./report.ts";
import { decide, type Verdict } from "./rules.ts";
import { chooseUpstream, renderAuthority, type UpstreamProxy } from "./upstream.ts";
import { connectThrough } from "./upstream-connect.ts";
import { type RefusedAddress, type Surroundings, vetAddresses } from "./vet.ts";

/** `tunnel`: a connection to the server itself; `request`: one that will carry a plain request. */
export type Wish = { host: string; port: number; kind: "tunnel" | "request" };

export type Reached =
  | {
      kind: "reached";
      server: Socket;
      verdict: Allowed;
      /** The proxy that a plain request must be addressed to, in place of the server. */
      through: UpstreamProxy | undefined;
    }
  | { kind: "refused"; refusal: Refusal };

type Allowed = Extract<Verdict, { verdict: "allow" }>;

/**
 * From a wish to an open connection, or the reason why not: decides, resolves once, vets every
 * address, dials those that pass. Either way the decision is in the log when this returns.
 */
export async function reachServer(session: Session, wish: Wish): Promise<Reached> {
  const verdict = decide(session.context.policy(), wish.host, wish.port);
  if (verdict.verdict === "deny") return refuse(session, { ...wish, ...verdict });
  // In the clear, nobody could be sure whose answer it is.
  if (wish.port === 80 && session.context.interceptions?.find(wish.host.toLowerCase())) {
    return refuse(session, { ...wish, reason: "no-interception" });
  }
  const given = chooseUpstream(session.context.upstream, { ...wish, ...verdict });
  const errand = { wish, verdict, signal: abortedByClose(session.client) };
  const found = given
    ? await dialUpstream(session.context, { ...errand, proxy: given })
    : await dialServer(session.context, errand);
  if (found.kind === "missed") return refuse(session, { rule: verdict.rule, ...wish, ...found });
  const { address, server } = found;
  reportAllowed(session, { host: wish.host, port: wish.port, rule: verdict.rule, address });
  const through = wish.kind === "request" ? given : undefined;
  return { kind: "reached", server, verdict, through };
}

type Found =
  | { kind: "found"; server: Socket; address: string }
  | ({ kind: "missed" } & Omit<Refusal, "host" | "port">);

type Errand = { wish: Wish; verdict: Allowed; signal: AbortSignal };

async function dialServer(context: Context, { wish, verdict, signal }: Errand): Promise<Found> {
  const addresses = await findAddresses(context, verdict);
  if (addresses.length === 0) return { kind: "missed", reason: "unresolved" };
  const { dialable, refused } = vetAddresses(addresses, findSurroundings(context, wish));
  const [first] = refused;
  if (dialable.length === 0 && first) return { kind: "missed", ...first };
  const dialled = await dialFirst(dialable, { ...context, port: wish.port, signal });
  if (dialled.kind === "failed") return { kind: "missed", reason: dialled.reason };
  return { kind: "found", server: dialled.socket, address: dialled.address };
}

async function dialUpstream(
  context: Context,
  { wish, verdict, signal, proxy }: Errand & { proxy: UpstreamProxy },
): Promise<Found> {
  const refused = await refuseDelegated(context, { wish, verdict });
  if (refused) return { kind: "missed", ...refused };
  // The user's own proxy may be anywhere, also in the private ranges.
  const addresses = parseAddress(proxy.host) ? [proxy.host] : await resolve(context, proxy.host);
  const dialled = await dialFirst(addresses, { ...context, port: proxy.port, signal });
  if (dialled.kind === "failed") return { kind: "missed", reason: "upstream-proxy" };
  const address = `via ${proxy.host}:${proxy.port}`;
  if (wish.kind === "request") return { kind: "found", server: dialled.socket, address };
  const authority = renderAuthority(verdict.destination, wish.port);
  const server = await connectThrough(dialled.socket, { proxy, authority, limits: context.limits });
  return server
    ? { kind: "found", server, address }
    : { kind: "missed", reason: "upstream-proxy", address };
}

/**
 * A proxy dials what it likes: on this host or in its network it reaches what must not be reached
 * from inside. So what this host knows of the name must be fit to be dialled, each address of it. What it
 * does not know (behind some proxies no name resolves) is the proxy's affair.
 */
async function refuseDelegated(
  context: Context,
  { wish, verdict }: Omit<Errand, "signal">,
): Promise<RefusedAddress | undefined> {
  const look = findAddresses(context, verdict);
  const addresses = await settleWithin(look, LOOK_MILLISECONDS, []);
  return vetAddresses(addresses, findSurroundings(context, wish)).refused[0];
}

const LOOK_MILLISECONDS = 2000;

function findSurroundings(context: Context, { port }: Wish): Surroundings {
  const hostNetworks = context.hostNetworks().flatMap((text) => parseRange(text) ?? []);
  return { rules: context.policy(), port, hostNetworks };
}

async function findAddresses(context: Context, verdict: Allowed): Promise<readonly Address[]> {
  const { destination } = verdict;
  if (destination.kind === "addresses") return destination.addresses;
  const texts = await resolve(context, destination.name);
  return texts.flatMap((text) => parseAddress(text) ?? []);
}

async function resolve(context: Context, name: string): Promise<readonly string[]> {
  try {
    return await settleWithin(context.resolve(name), context.limits.dialMilliseconds, []);
  } catch {
    return [];
  }
}

/** A client that left while we were at it has not been refused anything. */
function refuse(session: Session, refusal: Refusal): Reached {
  if (!session.client.destroyed) reportRefusal(session, refusal);
  return { kind: "refused", refusal };
}

/** For work that is of no use once the client has gone. */
function abortedByClose(client: Socket): AbortSignal {
  const controller = new AbortController();
  if (client.destroyed) controller.abort();
  else client.once("close", () => controller.abort());
  return controller.signal;
}
