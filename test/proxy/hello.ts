/** Builds ClientHello messages, sound and otherwise. */
export type HelloParts = {
  serverName?: string | Buffer;
  extensions?: [type: number, data: Buffer][];
  version?: number;
  session?: Buffer;
  ciphers?: Buffer;
  compressions?: Buffer;
  /** Bytes behind the extensions, inside the message. */
  behind?: Buffer;
  withoutExtensions?: boolean;
};

/** One TLS record with the whole hello. */
export function makeHello(parts: HelloParts = {}): Buffer {
  return intoRecords(makeMessage(parts), 16_384);
}

/** The handshake message without records. */
export function makeMessage(parts: HelloParts): Buffer {
  const names: [number, Buffer][] =
    parts.serverName === undefined ? [] : [[0, serverNameList(parts.serverName)]];
  const extensions = [...names, ...(parts.extensions ?? [])].map(([type, data]) => {
    return Buffer.concat([number(type, 2), vector(2, data)]);
  });
  const body = Buffer.concat([
    number(parts.version ?? 0x0303, 2),
    Buffer.alloc(32, 7),
    vector(1, parts.session ?? Buffer.alloc(0)),
    vector(2, parts.ciphers ?? Buffer.of(0x13, 0x01)),
    vector(1, parts.compressions ?? Buffer.of(0)),
    parts.withoutExtensions ? Buffer.alloc(0) : vector(2, Buffer.concat(extensions)),
    parts.behind ?? Buffer.alloc(0),
  ]);
  return Buffer.concat([Buffer.of(1), number(body.length, 3), body]);
}

/** Cuts a message into records of at most `size` bytes of payload. */
export function intoRecords(message: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  for (let offset = 0; offset < message.length; offset += size) {
    records.push(Buffer.of(0x16, 3, 1), vector(2, message.subarray(offset, offset + size)));
  }
  return Buffer.concat(records);
}

export function serverNameList(name: string | Buffer): Buffer {
  return vector(2, serverNameEntry(0, name));
}

export function serverNameEntry(type: number, name: string | Buffer): Buffer {
  const bytes = typeof name === "string" ? Buffer.from(name, "latin1") : name;
  return Buffer.concat([Buffer.of(type), vector(2, bytes)]);
}

export function vector(size: number, data: Buffer): Buffer {
  return Buffer.concat([number(data.length, size), data]);
}

export function number(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}
