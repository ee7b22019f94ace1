import { SPECIAL_RANGES } from "./special-ranges.ts";

/** An address as a number. An IPv4 address in IPv6 clothes (`::ffff:0:0/96`) is always IPv4 here. */
export type Address = { family: 4 | 6; value: bigint };

/** What stands at an address. Only `public` may be dialled without a rule that names the address. */
export type AddressClass =
  | "public"
  | "this-network"
  | "loopback"
  | "private"
  | "link-local"
  | "metadata"
  | "multicast"
  | "special";

/**
 * Reads the two canonical spellings: four decimal numbers without leading zeros, and RFC 4291
 * text without a zone. Whatever else an operating system takes for an address (`127.1`, `0x7f.1`,
 * `2130706433`, `fe80::1%eth0`) gives `undefined`.
 */
export function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseSix(text) : parseFour(text);
}

/** Text for a dial or a log: `10.0.0.5`, or IPv6 as RFC 5952 shortens it, without brackets. */
export function formatAddress(address: Address): string {
  if (address.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 0xffn).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) => {
    return ((address.value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16);
  });
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

/**
 * `hostNetworks` are those that the host has an address in: public ones (as everybody has with IPv6)
 * hold the host's own services, and those of the machines next to it, which no router guards.
 */
export function classifyAddress(
  address: Address,
  hostNetworks: readonly AddressRange[] = [],
): AddressClass {
  const range = listSpecialRanges().find((range) => contains(range, address));
  if (range?.kind === "nat64") return classifyAddress(lastFour(address), hostNetworks);
  if (range) return range.kind;
  if (hostNetworks.some((network) => contains(network, address))) return "this-network";
  return address.family === 4 || contains(GLOBAL_UNICAST, address) ? "public" : "special";
}

export type AddressRange = { base: Address; prefix: number };

/** Reads `10.0.0.0/8`; a range without a prefix is one address. */
export function parseRange(text: string): AddressRange | undefined {
  const [addressText = "", prefixText] = text.split("/");
  // Written as IPv6, a mapped range must stay IPv6: `parseAddress` would turn it into IPv4.
  const base = addressText.includes(":") ? parseGroups(addressText) : parseFour(addressText);
  if (!base) return undefined;
  const widest = base.family === 4 ? 32 : 128;
  if (prefixText === undefined) return { base, prefix: widest };
  if (!/^\d{1,3}$/u.test(prefixText) || Number(prefixText) > widest) return undefined;
  return { base, prefix: Number(prefixText) };
}

export function contains(range: AddressRange, address: Address): boolean {
  if (range.base.family !== address.family) return false;
  const shift = BigInt((address.family === 4 ? 32 : 128) - range.prefix);
  return address.value >> shift === range.base.value >> shift;
}

function parseFour(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,2})$/u.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return { family: 4, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function parseSix(text: string): Address | undefined {
  const address = parseGroups(text);
  if (address && address.value >> 32n === 0xffffn) return lastFour(address);
  return address;
}

function parseGroups(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = [readGroups(halves[0] ?? ""), readGroups(halves[1] ?? "")];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  // Only the very end may be written as IPv4.
  if (halves.length === 2 && halves[0]?.includes(".")) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) };
}

/** The 16-bit groups of one side of `::`, or `undefined` where one is malformed. */
function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const four = index === parts.length - 1 ? parseFour(part) : undefined;
    if (four) groups.push(Number(four.value >> 16n), Number(four.value & 0xffffn));
    else if (/^[\da-f]{1,4}$/iu.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function lastFour(address: Address): Address {
  return { family: 4, value: address.value & 0xffffffffn };
}

function range(text: string): AddressRange {
  const parsed = parseRange(text);
  if (!parsed) throw new Error(`not an address range: ${text}`);
  return parsed;
}

/** The only part of IPv6 from which addresses have been given out. */
const GLOBAL_UNICAST = range("2000::/3");

type SpecialRange = AddressRange & { kind: (typeof SPECIAL_RANGES)[number][1] };

let specialRanges: SpecialRange[] | undefined;

/** Parsed when they are needed first: most launches ask for none. */
function listSpecialRanges(): SpecialRange[] {
  specialRanges ??= SPECIAL_RANGES.map(([text, kind]) => ({ ...range(text), kind }));
  return specialRanges;
}
