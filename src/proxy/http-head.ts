/**
 * Reads the head of an HTTP/1 request as strictly as a gate must: where a server might read
 * something else than the proxy (bare line feeds, folded lines, spaces before colons, control
 * characters), the request is malformed, not repaired.
 */
export type RequestHead = {
  method: string;
  target: string;
  version: "1.0" | "1.1";
  /** In order, names as sent; one character per byte. */
  headers: readonly Header[];
};

export type Header = { name: string; value: string };

export type ParsedHead =
  | { kind: "head"; head: RequestHead; length: number }
  | { kind: "malformed"; problem: string }
  | { kind: "too-large" };

/** In bytes; `headers` in number. */
export const HEAD_LIMITS = { bytes: 65_536, headers: 200 };

/**
 * `undefined`: not yet a whole head. What cannot become a request is malformed from its first
 * wrong byte on, so that a client that speaks another protocol is not left waiting.
 */
export function parseRequestHead(bytes: Uint8Array): ParsedHead | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const method = methodLength(buffer.subarray(0, MAX_METHOD + 1));
  if (method === undefined) return malformed("it does not begin with a method");
  const end = buffer.indexOf("\r\n\r\n");
  if (end + 4 > HEAD_LIMITS.bytes) return { kind: "too-large" };
  if (end < 0) return buffer.length >= HEAD_LIMITS.bytes ? { kind: "too-large" } : undefined;
  return parseLines(buffer.subarray(0, end).toString("latin1"), end + 4);
}

/** Name and value of one header line without its line end, or `undefined`. */
export function parseHeaderLine(line: string): Header | undefined {
  const match = /^(?<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?<value>.*)$/su.exec(line);
  const [name, value] = [match?.groups?.["name"], match?.groups?.["value"]];
  if (name === undefined || value === undefined) return undefined;
  if (/[\u0000-\u0008\u000A-\u001F\u007F]/u.test(value)) return undefined;
  return { name, value: trimEnd(value) };
}

/** Values of every header of this name, which is lower-case. */
export function headerValues(head: Pick<RequestHead, "headers">, name: string): string[] {
  return head.headers
    .filter((header) => header.name.toLowerCase() === name)
    .map(({ value }) => value);
}

/** Spaces and tabs only, and in linear time, which a regular expression does not promise. */
function trimEnd(value: string): string {
  let end = value.length;
  while (value[end - 1] === " " || value[end - 1] === "\t") end -= 1;
  return value.slice(0, end);
}

const MAX_METHOD = 32;

/** Bytes of the method so far, or `undefined` where they are not one. */
function methodLength(buffer: Buffer): number | undefined {
  const text = buffer.toString("latin1");
  const method = /^[!#$%&'*+.^_`|~0-9A-Za-z-]*/u.exec(text)?.[0].length ?? 0;
  if (method === text.length) return method > MAX_METHOD ? undefined : method;
  return method > 0 && text[method] === " " ? method : undefined;
}

function parseLines(text: string, length: number): ParsedHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const request = parseRequestLine(requestLine);
  if (!request) return malformed("the request line is malformed");
  if (lines.length > HEAD_LIMITS.headers) return { kind: "too-large" };
  const headers = lines.map(parseHeaderLine);
  if (!headers.every((header) => header !== undefined)) return malformed("a header is malformed");
  return { kind: "head", head: { ...request, headers }, length };
}

function parseRequestLine(line: string): Omit<RequestHead, "headers"> | undefined {
  const [method, target, version, ...rest] = line.split(" ");
  if (!method || !target || rest.length > 0) return undefined;
  if (/[\u0000-\u0020\u007F]/u.test(target)) return undefined;
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") return undefined;
  return { method, target, version: version === "HTTP/1.1" ? "1.1" : "1.0" };
}

function malformed(problem: string): ParsedHead {
  return { kind: "malformed", problem };
}
