/** Walks over bytes that someone else wrote: `undefined` from the first reach beyond the end on. */
export type Cursor = {
  /** A big-endian number of `size` bytes. */
  number(size: number): number | undefined;
  bytes(length: number): Uint8Array | undefined;
  /** Bytes behind a length of `size` bytes, as TLS and SOCKS write them. */
  vector(size: number): Uint8Array | undefined;
  atEnd(): boolean;
  /** How far it has come. */
  offset(): number;
};

export function createCursor(source: Uint8Array): Cursor {
  let offset = 0;
  let failed = false;
  const bytes = (length: number): Uint8Array | undefined => {
    failed ||= offset + length > source.length;
    if (failed) return undefined;
    offset += length;
    return source.subarray(offset - length, offset);
  };
  const number = (size: number): number | undefined => {
    return bytes(size)?.reduce((value, byte) => value * 256 + byte, 0);
  };
  const vector = (size: number): Uint8Array | undefined => {
    const length = number(size);
    return length === undefined ? undefined : bytes(length);
  };
  const atEnd = (): boolean => !failed && offset === source.length;
  return { number, bytes, vector, atEnd, offset: () => offset };
}
