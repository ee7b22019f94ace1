import { readFraming } from "./http-body.ts";
import type { RequestHead } from "./http-head.ts";

/**
 * The heads that go on to a server and back. One connection carries one request: both sides are
 * told `Connection: close`, so that no second request can follow unseen on a connection whose
 * first one was allowed, and a response needs no framing of ours.
 */
export type ForwardForm =
  /** To the server itself. */
  | { kind: "origin"; path: string }
  /** To another proxy, which gets the whole address and may want credentials of its own. */
  | { kind: "absolute"; authority: string; path: string; credentials: string | undefined };

export function renderRequest(head: RequestHead, form: ForwardForm): Buffer {
  const hop = new Set([...HOP_BY_HOP, ...listed(head, "connection")].filter(mayDrop));
  const kept = head.headers.filter(({ name }) => !hop.has(name.toLowerCase()));
  const headers = [
    ...kept,
    ...(isWebSocketUpgrade(head)
      ? [
          { name: "Connection", value: "Upgrade" },
          { name: "Upgrade", value: "websocket" },
        ]
      : [{ name: "Connection", value: "close" }]),
    ...(form.kind === "absolute" && form.credentials !== undefined
      ? [{ name: "Proxy-Authorization", value: form.credentials }]
      : []),
  ];
  const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
  const requestLine = `${head.method} ${renderTarget(form)} HTTP/${head.version}\r\n`;
  return Buffer.from(`${requestLine}${lines}\r\n`, "latin1");
}

export type ParsedResponse =
  /** `head` is what goes to the client; `length` is what it was from the server. */
  | { kind: "interim" | "final" | "switching"; status: number; head: Buffer; length: number }
  /** Not a head that the proxy understands: the client is to see it as it is. */
  | { kind: "opaque"; length: 0 };

/**
 * Lenient, because it guards nothing: the server was allowed. `undefined` while the head is not
 * there in full.
 */
export function parseResponseHead(bytes: Buffer): ParsedResponse | undefined {
  const begin = bytes.subarray(0, 5).toString("latin1");
  if (!"HTTP/".startsWith(begin)) return { kind: "opaque", length: 0 };
  const end = findHeadEnd(bytes);
  if (end === undefined) {
    return bytes.length > MAX_RESPONSE_HEAD ? { kind: "opaque", length: 0 } : undefined;
  }
  const text = bytes.subarray(0, end).toString("latin1");
  const status = Number(/^HTTP\/\d\.\d (\d{3})/u.exec(text)?.[1]);
  if (Number.isNaN(status)) return { kind: "opaque", length: 0 };
  if (status >= 200) return { kind: "final", status, head: closeAfter(text), length: end };
  const kind = status === 101 ? "switching" : "interim";
  return { kind, status, head: bytes.subarray(0, end), length: end };
}

const MAX_RESPONSE_HEAD = 262_144;

/** Meant for the next hop only (RFC 9110, 7.6.1), and what only old clients and proxies know. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "te",
  "upgrade",
];

/** What says whose request this is and where it ends stays, though a client calls it hop-by-hop. */
function mayDrop(name: string): boolean {
  return name !== "host" && name !== "content-length" && name !== "transfer-encoding";
}

/** Other upgrades (HTTP/2 in clear) could carry requests to other hosts, so they are not passed on. */
export function isWebSocketUpgrade(head: RequestHead): boolean {
  if (head.method !== "GET" || head.version !== "1.1") return false;
  return listed(head, "upgrade").includes("websocket") && readFraming(head).kind === "none";
}

/** Members of a comma-separated header, lower-case. */
function listed(head: RequestHead, name: string): string[] {
  return head.headers
    .filter((header) => header.name.toLowerCase() === name)
    .flatMap(({ value }) => value.split(","))
    .map((member) => member.trim().toLowerCase());
}

function renderTarget(form: ForwardForm): string {
  if (form.kind === "origin") return form.path;
  return `http://${form.authority}${form.path === "*" ? "" : form.path}`;
}

function findHeadEnd(bytes: Buffer): number | undefined {
  const ends = ["\r\n\r\n", "\n\n"].map((mark) => [bytes.indexOf(mark), mark.length] as const);
  const found = ends.filter(([index]) => index >= 0).map(([index, length]) => index + length);
  return found.length === 0 ? undefined : Math.min(...found);
}

function closeAfter(text: string): Buffer {
  const [statusLine = "", ...lines] = text.split(/\r?\n/u).filter((line) => line !== "");
  const kept = lines.filter(
    (line) => !/^(?:connection|keep-alive|proxy-connection)[ \t]*:/iu.test(line),
  );
  const head = [statusLine, ...kept, "Connection: close"].map((line) => `${line}\r\n`).join("");
  return Buffer.from(`${head}\r\n`, "latin1");
}
