import { type Address, parseAddress } from "./addresses.ts";

/** What a piece of text in the place of a host is. Names come out lower-case. */
export type ParsedHost =
  | { kind: "name"; name: string }
  | { kind: "address"; address: Address }
  | { kind: "malformed"; reason: "ip-literal" | "trailing-dot" | "malformed-name" };

/**
 * Reads a host as a client sent it; total over every string.
 *
 * A name whose last label is a number is an address to some resolver (`127.1`, `0x7f.1`,
 * `2130706433`, `0177.0.0.1`), so it is never a name here, and only canonical spellings are
 * addresses. A trailing dot is refused and not dropped: two spellings of one name would make
 * rules, server names and logs disagree.
 */
export function parseHost(text: string): ParsedHost {
  const bare = /^\[([^[\]]*)\]$/u.exec(text)?.[1];
  const address = parseAddress(bare ?? text);
  if (address && (bare === undefined || bare.includes(":"))) return { kind: "address", address };
  const name = text.toLowerCase();
  if (name.endsWith(".") && isName(name.slice(0, -1))) return malformed("trailing-dot");
  if (!isName(name)) return malformed("malformed-name");
  if (/(?:^|\.)(?:\d+|0x[\da-f]*)$/u.test(name)) return malformed("ip-literal");
  return { kind: "name", name };
}

/** Names that every system answers with its own loopback, whatever DNS says (RFC 6761 and custom). */
export function isLoopbackName(name: string): boolean {
  return /(?:^|\.)(?:localhost|localhost[46]?\.localdomain[46]?|ip6-localhost|ip6-loopback)$/u.test(
    name,
  );
}

/** Letters, digits, hyphens; underscores too, which real hosts have (`my_bucket.example.com`). */
function isName(name: string): boolean {
  if (name.length > 253) return false;
  return name.split(".").every((label) => {
    return label.length <= 63 && /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/u.test(label);
  });
}

function malformed(reason: "ip-literal" | "trailing-dot" | "malformed-name"): ParsedHost {
  return { kind: "malformed", reason };
}
