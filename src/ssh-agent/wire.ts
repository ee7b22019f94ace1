/**
 * The pieces that ssh's messages are made of (RFC 4251, 5): numbers of four bytes, and strings
 * with their length in front.
 */

/** Of one message, with room for the largest certificates; OpenSSH's own limit. */
export const MOST_MESSAGE_BYTES = 256 * 1024;

/**
 * Reads one piece after the other. A piece that is not there in whole is `undefined`, and so is
 * every one after it: whoever reads need ask only at the end.
 */
export class WireReader {
  #rest: Buffer;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number | undefined {
    return this.#take(1)?.readUInt8(0);
  }

  number(): number | undefined {
    return this.#take(4)?.readUInt32BE(0);
  }

  /** A part of the message itself, no copy. */
  string(): Buffer | undefined {
    const length = this.number();
    return length === undefined ? undefined : this.#take(length);
  }

  /** Whether everything was there, and nothing more. */
  isAtEnd(): boolean {
    return !this.#isBroken && this.#rest.length === 0;
  }

  #take(length: number): Buffer | undefined {
    if (this.#isBroken || this.#rest.length < length) {
      this.#isBroken = true;
      return undefined;
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

export function renderNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function renderString(value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([renderNumber(bytes.length), bytes]);
}

/** A message to or from an agent, with its length in front. */
export function frameMessage(message: Uint8Array): Buffer {
  return renderString(message);
}

export type Frame = { kind: "message"; message: Buffer; length: number } | { kind: "malformed" };

/** The next message, or that there will never be one; `undefined` for "not all of it is there". */
export function parseFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 4) return undefined;
  const size = bytes.readUInt32BE(0);
  if (size === 0 || size > MOST_MESSAGE_BYTES) return { kind: "malformed" };
  if (bytes.length < 4 + size) return undefined;
  // A copy: the reader's buffer is used again.
  const message = Buffer.from(bytes.subarray(4, 4 + size));
  return { kind: "message", message, length: 4 + size };
}
