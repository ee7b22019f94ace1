import type { Socket } from "node:net";

/** What a parser makes of the bytes so far; those behind `consumed` stay in the socket. */
export type Parser<T> = (bytes: Buffer) => { value: T; consumed: number } | undefined;

export type Reading<T> = { kind: "parsed"; value: T } | { kind: "closed" } | { kind: "timeout" };

/**
 * Gathers bytes until the parser knows what they are, then leaves the socket paused. Memory is
 * bounded by the parser: it must come to a verdict within its own limit.
 */
export function readUntil<T>(
  socket: Socket,
  parse: Parser<T>,
  milliseconds?: number,
): Promise<Reading<T>> {
  if (socket.destroyed || socket.readableEnded) return Promise.resolve({ kind: "closed" });
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    let size = 0;
    const finish = (reading: Reading<T>, rest?: Buffer): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("end", onClosed).off("close", onClosed).pause();
      if (rest && rest.length > 0) socket.unshift(rest);
      resolve(reading);
    };
    const onData = (chunk: Buffer): void => {
      bytes = append(bytes, size, chunk);
      size += chunk.length;
      const parsed = parse(bytes.subarray(0, size));
      if (parsed)
        finish({ kind: "parsed", value: parsed.value }, bytes.subarray(parsed.consumed, size));
    };
    const onClosed = (): void => finish({ kind: "closed" });
    const timer = milliseconds && setTimeout(() => finish({ kind: "timeout" }), milliseconds);
    socket.on("data", onData).on("end", onClosed).on("close", onClosed).resume();
  });
}

/** Puts a chunk behind the first `size` bytes; room grows by doubling, as a client may send one by one. */
function append(room: Buffer, size: number, chunk: Buffer): Buffer {
  if (size === 0) return chunk;
  const needed = size + chunk.length;
  if (room.length >= needed) {
    room.set(chunk, size);
    return room;
  }
  const wider = Buffer.alloc(Math.max(needed, 2 * room.length));
  room.copy(wider, 0, 0, size);
  wider.set(chunk, size);
  return wider;
}

/** For protocols that only look at bytes that are meant for someone else: nothing is consumed. */
export function peeking<T>(parse: (bytes: Buffer) => T | undefined): Parser<T> {
  return (bytes) => {
    const value = parse(bytes);
    return value === undefined ? undefined : { value, consumed: 0 };
  };
}

/** For parsers whose result says how long it was; one that has no `length` ends the conversation. */
export function consuming<T extends object>(parse: (bytes: Buffer) => T | undefined): Parser<T> {
  return (bytes) => {
    const value = parse(bytes);
    if (value === undefined) return undefined;
    const consumed = "length" in value ? Number(value.length) : bytes.length;
    return { value, consumed };
  };
}
