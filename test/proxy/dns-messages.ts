/** Queries as stub resolvers write them, and answers in words. */
export function makeQuery(
  name: string,
  type = 1,
  options: { edns?: boolean; id?: number } = {},
): Buffer {
  const header = numbers([options.id ?? 7, 0x0100, 1, 0, 0, options.edns ? 1 : 0]);
  const opt = options.edns ? Buffer.from("0000291000000000000000", "hex") : Buffer.alloc(0);
  return Buffer.concat([header, makeName(name), numbers([type, 1]), opt]);
}

export function makeName(name: string): Buffer {
  const labels = name === "" ? [] : name.split(".");
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, "latin1");
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
  return Buffer.concat([...parts, Buffer.of(0)]);
}

/** `CODE ADDRESS...`, and the text of an extended error. */
export function readAnswer(bytes: Uint8Array): {
  id: number;
  code: number;
  addresses: string[];
  text: string;
} {
  const buffer = Buffer.from(bytes);
  let offset = 12;
  while ((buffer[offset] ?? 0) !== 0) offset += 1 + (buffer[offset] ?? 0);
  offset += 5;
  const addresses: string[] = [];
  for (let count = buffer.readUInt16BE(6); count > 0; count -= 1) {
    const length = buffer.readUInt16BE(offset + 10);
    const data = buffer.subarray(offset + 12, offset + 12 + length);
    addresses.push(length === 4 ? data.join(".") : data.toString("hex"));
    offset += 12 + length;
  }
  const text = buffer.readUInt16BE(10) > 0 ? buffer.subarray(offset + 17).toString("latin1") : "";
  return { id: buffer.readUInt16BE(0), code: buffer.readUInt16BE(2) & 15, addresses, text };
}

function numbers(values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}
