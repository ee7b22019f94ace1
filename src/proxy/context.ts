import type { Socket } from "node:net";
import type { KeyAndCertificate } from "../certificates/certificate.ts";
import type { Limits } from "./limits.ts";
import type { Reason } from "./reasons.ts";
import type { Interception } from "./request-rules.ts";
import type { Rules } from "./rules.ts";
import type { UpstreamProxies } from "./upstream.ts";

/**
 * The ways in: forward proxy, SOCKS, the two that pose as every server, those that pose as one,
 * and the name responder.
 */
export const DOORS = ["proxy", "socks", "tls", "http", "named", "dns"] as const;

export type Door = (typeof DOORS)[number];

/**
 * One line of the log. `deny` is the rules' word or the client's fault, `failed` the network's.
 * A tunnel that was allowed and in which the client then names another host has two: `allow` when
 * it was opened, `deny` when it was closed. Text that came from the sandbox is escaped.
 */
export type Decision = {
  /** ISO 8601, UTC. */
  time: string;
  door: Door;
  /** Empty where the client did not get as far as naming one. */
  host: string;
  /** Absent for DNS, which names none. */
  port: number | undefined;
  verdict: "allow" | "deny" | "failed";
  reason?: Reason;
  /** The rule that allowed or denied, as written; `open` in open mode. */
  rule?: string;
  /** The address that was dialled or refused; that of the upstream proxy as `via HOST:PORT`. */
  address?: string;
};

/**
 * What became of one request that was looked at; never a header, a body or a query. Text that came
 * from the sandbox is escaped.
 */
export type RequestLine = {
  host: string;
  method: string;
  path: string;
  verdict: Decision["verdict"];
  reason?: Reason;
  /** What the server answered with; absent where nothing came. */
  status?: number;
  /** Bytes of the bodies. */
  sent: number;
  received: number;
  /** Name of what was put in. */
  credential?: string;
};

/** The hosts whose connections end at the proxy, and what that takes. */
export type Interceptions = {
  find: (host: string) => Interception | undefined;
  /** Key and certificate for a host, which what is inside believes; PEM. */
  certify: (host: string) => KeyAndCertificate;
  /** Whom to believe outside; PEM. */
  roots: string;
};

/** Addresses of a name as text, in order of preference; rejects where there are none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** Begins a connection to an address; the result emits `connect` or `error`. */
export type Dial = (address: string, port: number) => Socket;

/** What every door needs. */
export type Context = {
  /** The rules as they are now; asked for every decision. */
  policy: () => Rules;
  resolve: Resolve;
  dial: Dial;
  /** Addresses of the host's own interfaces with their networks, as text: `192.168.1.5/24`. */
  hostNetworks: () => readonly string[];
  upstream: UpstreamProxies;
  /** IPv4 address inside of each name that has a door of its own; others have 127.0.0.1. */
  ownAddresses?: ReadonlyMap<string, string>;
  limits: Limits;
  report: (decision: Omit<Decision, "time">) => void;
  /** Hosts whose requests are looked at; absent: none. */
  interceptions?: Interceptions | undefined;
  reportRequest?: ((line: RequestLine) => void) | undefined;
};

/** One connection from the sandbox. */
export type Session = {
  context: Context;
  door: Door;
  client: Socket;
  /** To be called once the connection has said where it goes and is let through. */
  established: () => void;
};

/** Something refused, with all that a client or the log may be told of it. */
export type Refusal = {
  reason: Reason;
  host: string;
  port: number | undefined;
  rule?: string | undefined;
  address?: string | undefined;
  /** Seconds until it may be asked for again. */
  retryAfter?: number;
  /** What the user does about it. */
  remedy?: string | undefined;
  /** What kind of address it is that may not be dialled. */
  addressClass?: string;
};
