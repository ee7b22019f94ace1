/**
 * The first message of a TLS client that names a server: as short as the standard lets it be
 * (RFC 8446, 4.1.2), since nobody goes on with it.
 */
export function renderClientHello(serverName: string): Buffer {
  const name = Buffer.concat([Buffer.of(0), vector(2, Buffer.from(serverName))]);
  const extension = Buffer.concat([number(0, 2), vector(2, vector(2, name))]);
  const body = Buffer.concat([
    number(0x0303, 2),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(0)),
    vector(2, Buffer.of(0x13, 0x01)),
    vector(1, Buffer.of(0)),
    vector(2, extension),
  ]);
  const message = Buffer.concat([Buffer.of(1), vector(3, body)]);
  return Buffer.concat([Buffer.of(22, 3, 1), vector(2, message)]);
}

/** The content behind its length in `size` bytes. */
function vector(size: number, content: Buffer): Buffer {
  return Buffer.concat([number(content.length, size), content]);
}

function number(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}
