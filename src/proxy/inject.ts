import type { LiveInjection } from "./credential.ts";
import { encodeUser } from "./scrub.ts";

/** A request as it goes out; names of headers in any case. */
export type Outgoing = { path: string; headers: readonly Header[] };

type Header = { name: string; value: string };

/**
 * Puts the real value where the rule wants it, whatever the client has sent there, and in the place
 * of the placeholder in other headers that are known for credentials. Nowhere else: what is in a
 * path, say, may be the name of something that the server shows to everybody.
 *
 * @param value of the injection's credential; no control characters
 */
export function injectCredential(
  outgoing: Outgoing,
  injection: LiveInjection,
  value: string,
): Outgoing {
  const { placeholder } = injection.credential;
  const { path, headers } = place(outgoing, injection, value);
  return { path, headers: swapPlaceholder(headers, placeholder, value) };
}

/** Puts the value in the place of its placeholder where a header for credentials has it. */
export function swapPlaceholder(
  headers: readonly Header[],
  placeholder: string,
  value: string,
): Header[] {
  return headers.map((header) => {
    if (!CARRIERS.test(header.name)) return header;
    return { ...header, value: header.value.replaceAll(placeholder, () => value) };
  });
}

const CARRIERS =
  /^(?:authorization|(?:x-)?api-?key|x-goog-api-key|private-token|x-(?:auth|access)-token)$/iu;

function place({ path, headers }: Outgoing, injection: LiveInjection, value: string): Outgoing {
  switch (injection.kind) {
    case "query":
      return { path: setParameter(path, injection.name, value), headers };
    case "header":
      return { path, headers: setHeader(headers, injection.name, value) };
    case "bearer":
      return { path, headers: setHeader(headers, "authorization", `Bearer ${value}`) };
    case "basic": {
      const words = `Basic ${encodeUser(injection.user, value)}`;
      return { path, headers: setHeader(headers, "authorization", words) };
    }
  }
}

function setHeader(headers: readonly Header[], name: string, value: string): Header[] {
  const others = headers.filter((header) => header.name.toLowerCase() !== name.toLowerCase());
  return [...others, { name, value }];
}

/** The other parameters stay as they were written. */
function setParameter(path: string, name: string, value: string): string {
  const index = path.indexOf("?");
  const plain = index < 0 ? path : path.slice(0, index);
  const query = index < 0 ? "" : path.slice(index + 1);
  const others = query.split("&").filter((part) => part !== "" && nameOf(part) !== name);
  return `${plain}?${[...others, `${name}=${encodeURIComponent(value)}`].join("&")}`;
}

function nameOf(part: string): string {
  const [name = ""] = part.split("=");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
