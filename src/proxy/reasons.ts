/**
 * Why the proxy did not let something through: `deny` by the rules or by what was sent, `failed`
 * when the rules allow it and the network did not give it. One table, so that every door says
 * the same thing in its own protocol.
 */
export type Reason = keyof typeof REASONS;

export type ReasonEntry = {
  verdict: "deny" | "failed";
  /** Completes "HOST:PORT is refused: ". */
  text: string;
  httpStatus: number;
  /** Error type of RFC 9209. */
  proxyStatus: string;
  /** TLS alert number (RFC 8446, 6.2). */
  alert: number;
  /** SOCKS5 reply (RFC 1928, 6). */
  socks: number;
};

export function describeReason(reason: Reason): ReasonEntry {
  return REASONS[reason];
}

const ACCESS_DENIED = 49;
const UNRECOGNIZED_NAME = 112;
const DECODE_ERROR = 50;
const INTERNAL_ERROR = 80;

const REASONS = {
  "not-listed": deny("this host is not on the list of allowed hosts"),
  "port-not-listed": deny("this host is allowed on other ports only"),
  "denied-by-rule": deny("a deny rule names it"),
  "ip-literal": deny("hosts are allowed by name, not by IP address"),
  "loopback-name": deny("this name means the host's own loopback"),
  "trailing-dot": deny("a host name must not end in a dot"),
  "malformed-name": deny("this is not a host name"),
  "not-public": deny("it resolves to an address that is not on the public internet"),
  "no-server-name": alert(UNRECOGNIZED_NAME, "the TLS client names no server"),
  "server-name-mismatch": alert(
    UNRECOGNIZED_NAME,
    "the TLS client names another server than the one it asked for",
  ),
  "encrypted-client-hello": deny(
    "the TLS client hides the server's name (ECH); switch that off in the client",
  ),
  "not-tls": alert(DECODE_ERROR, "only TLS may go to this port"),
  "malformed-hello": alert(DECODE_ERROR, "the TLS client's first message is malformed"),
  "no-host": request(400, "the request has no `Host`"),
  "host-mismatch": deny("the request's `Host` is another host than the one it is sent to"),
  "malformed-request": request(400, "the request is malformed"),
  "request-too-large": request(431, "the request's headers are too large"),
  unsupported: { ...request(501, "the proxy does not do this"), socks: 7 },
  "handshake-timeout": request(408, "the client took too long to say what it wants"),
  "too-many-connections": request(503, "too many connections are open"),
  "method-not-listed": deny("this method is not on the list for this host"),
  "path-not-listed": deny("this path is not on the list for this host"),
  "push-not-listed": deny(
    "git may not push to this repository; `push` of the host's `proxies` lists those it may",
  ),
  "over-budget": { ...deny("the budget of this host for an hour is used up"), httpStatus: 429 },
  "no-interception": deny(
    "what is sent to this host must be looked at, which only works on port 443",
  ),
  "credential-unavailable": failed(502, "proxy_internal_error", "its credential cannot be had"),
  "login-ended": {
    ...failed(502, "proxy_internal_error", "its log-in has ended"),
    httpStatus: 401,
  },
  "server-certificate": failed(
    502,
    "tls_certificate_error",
    "the server's certificate is not valid",
  ),
  "unreadable-response": failed(
    502,
    "http_response_content_coding",
    "its answer cannot be looked into",
  ),
  unresolved: failed(502, "dns_error", "this name cannot be resolved"),
  unreachable: failed(502, "destination_unavailable", "no connection could be made"),
  "connect-timeout": failed(504, "connection_timeout", "the connection took too long"),
  "upstream-proxy": failed(502, "connection_refused", "the upstream proxy did not connect"),
} as const satisfies Record<string, ReasonEntry>;

function deny(text: string): ReasonEntry {
  return {
    verdict: "deny",
    text,
    httpStatus: 403,
    proxyStatus: "http_request_denied",
    alert: ACCESS_DENIED,
    socks: 2,
  };
}

function alert(number: number, text: string): ReasonEntry {
  return { ...deny(text), alert: number };
}

function request(httpStatus: number, text: string): ReasonEntry {
  return { ...deny(text), httpStatus, proxyStatus: "http_request_error", socks: 1 };
}

function failed(httpStatus: number, proxyStatus: string, text: string): ReasonEntry {
  const socks = httpStatus === 504 ? 6 : 4;
  return { verdict: "failed", text, httpStatus, proxyStatus, alert: INTERNAL_ERROR, socks };
}
