/** The few forms of DER (X.690) that a certificate is made of. Each gives a whole element. */

/** The tags of the universal class that hold other elements, and those that do not. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  object: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...elements);
}

export function set(...elements: readonly Uint8Array[]): Buffer {
  return element(TAG.set, ...elements);
}

/** @param bytes big-endian, not negative */
export function integer(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.of(0) : Buffer.from(bytes.subarray(start));
  const isNegative = (digits[0] ?? 0) >= 0x80;
  return element(TAG.integer, isNegative ? Buffer.of(0) : Buffer.alloc(0), digits);
}

export function boolean(value: boolean): Buffer {
  return element(TAG.boolean, Buffer.of(value ? 0xff : 0));
}

export function octets(bytes: Uint8Array): Buffer {
  return element(TAG.octets, bytes);
}

/** @param unused bits at the end of the last byte */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return element(TAG.bits, Buffer.of(unused), bytes);
}

export function utf8(text: string): Buffer {
  return element(TAG.utf8, Buffer.from(text));
}

/** @param name `2.5.4.3` */
export function objectIdentifier(name: string): Buffer {
  const [first = 0, second = 0, ...rest] = name.split(".").map(Number);
  return element(TAG.object, Buffer.from([first * 40 + second, ...rest.flatMap(encodeArc)]));
}

/** Until 2049 in the short form, as RFC 5280 wants it. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/gu, "");
  const isShort = date.getUTCFullYear() < 2050;
  return element(
    isShort ? TAG.utcTime : TAG.generalTime,
    Buffer.from(isShort ? digits.slice(2) : digits),
  );
}

/** An element of a context-specific class that holds others. */
export function explicit(number: number, ...elements: readonly Uint8Array[]): Buffer {
  return element(0xa0 + number, ...elements);
}

/** An element of a context-specific class in the place of another tag. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return element(0x80 + number, content);
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 + bytes.length, ...bytes]);
}

/** Base 128, all bytes but the last with the high bit. */
function encodeArc(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 + (rest % 128));
  }
  return bytes;
}
