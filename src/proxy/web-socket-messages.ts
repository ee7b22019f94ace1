/**
 * Follows the frames of a server (RFC 6455, 5.2) without changing them: whatever is held back of a
 * message must not wait for the next one, which may be an answer to it.
 */
export class WebSocketMessages {
  #state: State = { at: "head", bytes: Buffer.alloc(0) };

  /** @returns whether the bytes so far end with a whole message */
  feed(bytes: Uint8Array): boolean {
    let rest: Buffer = Buffer.from(bytes);
    let isWhole = this.#isBetween();
    while (rest.length > 0) {
      rest = this.#state.at === "head" ? this.#readHead(this.#state.bytes, rest) : this.#skip(rest);
      isWhole = this.#isBetween();
    }
    return isWhole;
  }

  #isBetween(): boolean {
    return this.#state.at === "head" && this.#state.bytes.length === 0;
  }

  #readHead(known: Buffer, rest: Buffer): Buffer {
    const bytes = Buffer.concat([known, rest]);
    const frame = readFrame(bytes);
    if (!frame) {
      this.#state = { at: "head", bytes };
      return rest.subarray(rest.length);
    }
    this.#state = { at: "payload", left: frame.length };
    return this.#skip(bytes.subarray(frame.head));
  }

  #skip(rest: Buffer): Buffer {
    if (this.#state.at !== "payload") return rest;
    const skipped = Math.min(this.#state.left, rest.length);
    const left = this.#state.left - skipped;
    this.#state = left > 0 ? { at: "payload", left } : { at: "head", bytes: Buffer.alloc(0) };
    return rest.subarray(skipped);
  }
}

type State = { at: "head"; bytes: Buffer } | { at: "payload"; left: number };

/** `head` is how many bytes stand before the payload; `undefined`: not all of them are there. */
function readFrame(bytes: Buffer): { head: number; length: number } | undefined {
  const [, second] = bytes;
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
  const masked = second & 0x80 ? 4 : 0;
  const head = 2 + extra + masked;
  if (bytes.length < head) return undefined;
  if (extra === 0) return { head, length: short };
  return { head, length: extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)) };
}
