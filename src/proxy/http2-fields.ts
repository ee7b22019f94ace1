import type { IncomingHttpHeaders } from "node:http2";
import type { Header } from "./http-head.ts";
import { parseAuthority } from "./http-target.ts";
import type { Reason } from "./reasons.ts";

export type Headers = IncomingHttpHeaders;

/**
 * What is wrong with a request to `host`: its names must all be this one, and nothing in it may
 * become something else where a server hands it on as HTTP/1.
 */
export function findProblem(host: string, headers: Headers): Reason | undefined {
  const { ":authority": authority, ":scheme": scheme, ":method": method = "" } = headers;
  if (method === "CONNECT" || headers[":protocol"] !== undefined) return "unsupported";
  const isSoundLine = scheme === "https" && isSoundMethod(method) && isSoundPath(headers);
  if (!isSoundLine || !listFields(headers).every(isSound)) return "malformed-request";
  const named = [authority, headers.host].filter((name) => name !== undefined);
  if (named.length === 0) return "no-host";
  return named.every((name) => isHost(name, host)) ? undefined : "host-mismatch";
}

function isSoundMethod(method: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/u.test(method);
}

function isSoundPath({ ":method": method, ":path": path = "" }: Headers): boolean {
  return /^\/[!"$-~]*$/u.test(path) || (method === "OPTIONS" && path === "*");
}

function isHost(name: string, host: string): boolean {
  const read = parseAuthority(name, 443);
  return read?.host === host && read.port === 443;
}

/** RFC 9113, 8.2.1; a length that is said twice, or in another way, is read in two ways. */
function isSound({ name, value }: Header): boolean {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/u.test(name)) return false;
  if (name === "content-length" && !/^\d{1,15}$/u.test(value)) return false;
  if (name === "te" && value !== "trailers") return false;
  return !/[\u0000-\u0008\u000A-\u001F\u007F]/u.test(value);
}

export function readRequest(headers: Headers) {
  const { ":method": method = "", ":path": path = "" } = headers;
  return { method, path, headers: listFields(headers) };
}

/** Without the pseudo headers, and what is meant for one connection only. */
export function listFields(headers: Headers): Header[] {
  return Object.entries(headers).flatMap(([name, value]): Header[] => {
    if (name.startsWith(":") || CONNECTION.has(name) || value === undefined) return [];
    return [value].flat().map((each) => ({ name, value: each }));
  });
}

const CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "host",
  "http2-settings",
]);

/** As the runtime takes them: one that is there more than once is a list. */
export function collect(fields: readonly Header[]): Record<string, string | string[]> {
  const collected: Record<string, string[]> = {};
  for (const { name, value } of fields) (collected[name.toLowerCase()] ??= []).push(value);
  return Object.fromEntries(
    Object.entries(collected).map(([name, values]) => {
      const [first = "", ...more] = values;
      if (name === "cookie") return [name, values.join("; ")];
      return [name, more.length > 0 ? values : first];
    }),
  );
}
