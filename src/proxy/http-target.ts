import { readFraming, type SoundFraming } from "./http-body.ts";
import { headerValues, type RequestHead } from "./http-head.ts";
import type { Reason } from "./reasons.ts";

/** Where a request wants to go, with `Host` already held against it. */
export type RequestTarget =
  | { kind: "connect"; host: string; port: number }
  /** `path` is what follows the authority: `/...`, or `*`. */
  | { kind: "plain"; host: string; port: number; path: string; framing: SoundFraming }
  | { kind: "refused"; reason: Reason; host: string; port: number };

type Authority = { host: string; port: number };

/** To a forward proxy: CONNECT, or the absolute form with the scheme `http`. */
export function readProxyTarget(head: RequestHead): RequestTarget {
  if (head.method === "CONNECT") return readConnect(head);
  const target = splitAbsolute(head.target);
  if (!target) return refuse("malformed-request");
  if (target.scheme !== "http") return refuse("unsupported", target);
  const host = readHost(head, 80);
  if (host.kind === "refused") return { ...host, host: target.host, port: target.port };
  if (!sameAuthority(host, target)) return refuse("host-mismatch", target);
  return plain(head, target, originPath(head.method, target.path));
}

/**
 * To a server that the proxy stands in for: only the origin form, and `Host` says which server.
 * `port` is the one that the client connected to.
 */
export function readOriginTarget(head: RequestHead, port: number): RequestTarget {
  const host = readHost(head, port);
  if (host.kind === "refused") return host;
  const { target, method } = head;
  if (method === "CONNECT") return refuse("malformed-request", host);
  if (!target.startsWith("/") && !(target === "*" && method === "OPTIONS")) {
    return refuse("malformed-request", host);
  }
  if (host.port !== port) return refuse("host-mismatch", host);
  return plain(head, host, target);
}

/** Reads `host`, `host:port` or `[v6]:port`; whether the host is a name is for the rules to say. */
export function parseAuthority(
  text: string,
  defaultPort: number | undefined,
): Authority | undefined {
  const match = /^(?<host>\[[0-9a-f:.]+\]|[^\s:@/?#[\]\\]+)(?::(?<port>[1-9]\d{0,4}))?$/isu.exec(
    text,
  );
  const host = match?.groups?.["host"];
  const portText = match?.groups?.["port"];
  const port = portText === undefined ? defaultPort : Number(portText);
  if (host === undefined || port === undefined || port > 65_535) return undefined;
  return { host: host.toLowerCase(), port };
}

function splitAbsolute(target: string): (Authority & { scheme: string; path: string }) | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/isu.exec(target);
  const [, scheme = "", authorityText = "", path = ""] = match ?? [];
  const authority = parseAuthority(authorityText, scheme.toLowerCase() === "https" ? 443 : 80);
  return authority && { ...authority, scheme: scheme.toLowerCase(), path };
}

/** Old clients send no `Host` with CONNECT; one that is there must agree, if only in the host. */
function readConnect(head: RequestHead): RequestTarget {
  const authority = parseAuthority(head.target, undefined);
  if (!authority) return refuse("malformed-request");
  if (readFraming(head).kind !== "none") return refuse("malformed-request", authority);
  if (headerValues(head, "host").length > 0) {
    const host = readHost(head, authority.port);
    if (host.kind === "refused") return { ...host, ...authority };
    if (!sameAuthority(host, authority)) return refuse("host-mismatch", authority);
  }
  return { kind: "connect", ...authority };
}

function readHost(
  head: RequestHead,
  defaultPort: number,
): (Authority & { kind: "host" }) | Extract<RequestTarget, { kind: "refused" }> {
  const values = headerValues(head, "host");
  if (values.length === 0 || values[0] === "") return refuse("no-host");
  const authority = parseAuthority(values[0] ?? "", defaultPort);
  if (values.length > 1 || !authority) return refuse("malformed-request");
  return { kind: "host", ...authority };
}

function sameAuthority(a: Authority, b: Authority): boolean {
  return a.host === b.host && a.port === b.port;
}

/** An absolute target without a path asks for `/`, or with OPTIONS for the server itself. */
function originPath(method: string, path: string): string {
  if (path === "" && method === "OPTIONS") return "*";
  return path.startsWith("/") ? path : `/${path}`;
}

function plain(head: RequestHead, { host, port }: Authority, path: string): RequestTarget {
  const framing = readFraming(head);
  if (framing.kind === "malformed" || path.includes("#")) {
    return refuse("malformed-request", { host, port });
  }
  return { kind: "plain", host, port, path, framing };
}

function refuse(
  reason: Reason,
  authority: Authority = { host: "", port: 0 },
): Extract<RequestTarget, { kind: "refused" }> {
  return { kind: "refused", reason, host: authority.host, port: authority.port };
}
