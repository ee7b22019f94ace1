import {
  type Address,
  type AddressRange,
  classifyAddress,
  contains,
  formatAddress,
  parseRange,
} from "./addresses.ts";
import type { Destination } from "./rules.ts";

/**
 * Another HTTP proxy between the host and the internet, as companies have. The host's name is
 * sent to it, so that it resolves and judges addresses; what is dialled here is only the proxy.
 */
export type UpstreamProxy = {
  host: string;
  port: number;
  /** Value of `Proxy-Authorization`, where the proxy's URL has a user. */
  credentials: string | undefined;
};

export type UpstreamProxies = {
  /** For tunnels. */
  https: UpstreamProxy | undefined;
  /** For plain HTTP requests. */
  http: UpstreamProxy | undefined;
  exceptions: readonly UpstreamException[];
};

/** A member of NO_PROXY: all, a name with all below it, or addresses. */
export type UpstreamException =
  | { kind: "everything" }
  | { kind: "name"; name: string; port: number | undefined }
  | { kind: "range"; range: AddressRange };

export const NO_UPSTREAM: UpstreamProxies = { https: undefined, http: undefined, exceptions: [] };

/** Values of the host's variables, already chosen between upper and lower case. */
export type UpstreamVariables = {
  httpsProxy: string | undefined;
  httpProxy: string | undefined;
  noProxy: string | undefined;
};

/** The host's variables for each; of those that are set the first counts. */
export const PROXY_VARIABLES: Record<keyof UpstreamVariables, readonly string[]> = {
  httpsProxy: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
  httpProxy: ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  noProxy: ["no_proxy", "NO_PROXY"],
};

/** `problems` are for the user: a proxy that is set and cannot be used must not be passed by. */
export function parseUpstream(variables: UpstreamVariables): {
  upstream: UpstreamProxies;
  problems: string[];
} {
  const https = parseProxy("HTTPS_PROXY", variables.httpsProxy);
  const http = parseProxy("HTTP_PROXY", variables.httpProxy);
  const members = (variables.noProxy ?? "").split(/[\s,]+/u).filter((member) => member !== "");
  return {
    upstream: { https: https.proxy, http: http.proxy, exceptions: members.map(parseException) },
    problems: [https, http].flatMap(({ problem }) => problem ?? []),
  };
}

/** The proxy to go through, or `undefined` for straight ahead. */
export function chooseUpstream(
  upstream: UpstreamProxies,
  wish: { destination: Destination; port: number; kind: "tunnel" | "request" },
): UpstreamProxy | undefined {
  const proxy = wish.kind === "tunnel" ? upstream.https : upstream.http;
  const addresses = addressesOf(wish.destination);
  // A rule that spells out a private address means what this host sees there.
  if (!proxy || addresses.some((address) => classifyAddress(address) !== "public"))
    return undefined;
  const excepted = upstream.exceptions.some((exception) => excepts(exception, wish));
  return excepted ? undefined : proxy;
}

/** `name:port` or `[v6]:port`, from what the rules let through and not from what a client wrote. */
export function renderAuthority(destination: Destination, port: number): string {
  if (destination.kind === "name") return `${destination.name}:${port}`;
  const [address] = destination.addresses;
  const text = address ? formatAddress(address) : destination.name;
  return text.includes(":") ? `[${text}]:${port}` : `${text}:${port}`;
}

/** The request that makes the proxy connect to `authority`. */
export function renderConnect(proxy: UpstreamProxy, authority: string): Buffer {
  const credentials = proxy.credentials ? `Proxy-Authorization: ${proxy.credentials}\r\n` : "";
  return Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
}

type ParsedProxy = { proxy: UpstreamProxy | undefined; problem?: string };

function parseProxy(variable: string, value: string | undefined): ParsedProxy {
  if (value === undefined || value === "") return { proxy: undefined };
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  const user = decodeUser(url?.username, url?.password);
  if (!url || url.hostname === "" || user === undefined) {
    return { proxy: undefined, problem: `\`${variable}\` is not the address of a proxy` };
  }
  if (url.protocol !== "http:") {
    const problem = `\`${variable}\`: only http:// proxies can be gone through`;
    return { proxy: undefined, problem };
  }
  const host = url.hostname.replaceAll(/[[\]]/gu, "");
  const credentials = user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`;
  return { proxy: { host, port: Number(url.port || 80), credentials } };
}

/** What cannot be decoded is a problem and not a password of another spelling. */
function decodeUser(name = "", password = ""): string | undefined {
  try {
    return `${decodeURIComponent(name)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

function parseException(member: string): UpstreamException {
  if (member === "*") return { kind: "everything" };
  const range = parseRange(member.replaceAll(/[[\]]/gu, ""));
  if (range) return { kind: "range", range };
  const [name = "", port] = member.toLowerCase().split(":");
  return { kind: "name", name: name.replace(/^\*?\./u, ""), port: port ? Number(port) : undefined };
}

function excepts(
  exception: UpstreamException,
  { destination, port }: { destination: Destination; port: number },
): boolean {
  switch (exception.kind) {
    case "everything":
      return true;
    case "name": {
      if (exception.port !== undefined && exception.port !== port) return false;
      const { name } = destination;
      return name === exception.name || name.endsWith(`.${exception.name}`);
    }
    case "range":
      return addressesOf(destination).some((address) => contains(exception.range, address));
  }
}

function addressesOf(destination: Destination): readonly Address[] {
  return destination.kind === "addresses" ? destination.addresses : [];
}
