import { execFile } from "node:child_process";

/**
 * HTTP/2 by hand, for what no library sends: one request, whose fields go out as they are written
 * (RFC 7541, 6.2.2, without Huffman's code), then data. Prints status and what came, or `reset`.
 */
const CLIENT = `import json, socket, ssl, struct, sys
asked = json.loads(sys.argv[1])
context = ssl.create_default_context(cafile=asked["roots"])
context.set_alpn_protocols(["h2"])
stream = context.wrap_socket(socket.create_connection(("127.0.0.1", asked["port"])), server_hostname=asked["host"])
stream.settimeout(10)
def frame(kind, flags, number, data): return struct.pack(">I", len(data))[1:] + bytes([kind, flags]) + struct.pack(">I", number) + data
def text(value):
  raw = value.encode("latin1")
  return (bytes([len(raw)]) if len(raw) < 127 else bytes([127, len(raw) - 127])) + raw
block = b"".join(b"\\0" + text(name) + text(value) for name, value in asked["fields"])
data = asked.get("data")
stream.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + frame(4, 0, 0, b"") + frame(1, 4 | (data is None), 1, block))
if data is not None: stream.sendall(frame(0, 1, 1, data.encode()))
received = b""
def take():
  global received
  while len(received) < 9 or len(received) < 9 + int.from_bytes(received[:3], "big"):
    piece = stream.recv(65536)
    if not piece: raise EOFError
    received += piece
  size = int.from_bytes(received[:3], "big")
  found = received[3], received[4], received[9:9 + size]
  received = received[9 + size:]
  return found
body = b""
try:
  while True:
    kind, flags, payload = take()
    if kind in (3, 7): print("reset"); break
    if kind == 0: body += payload
    if kind in (0, 1) and flags & 1: print("ended", body.decode()); break
except (EOFError, OSError): print("reset", body.decode())
`;

export type RawRequest = {
  roots: string;
  host: string;
  port: number;
  fields: readonly (readonly [string, string])[];
  data?: string;
};

export function askRaw(request: RawRequest): Promise<string> {
  return new Promise((resolve) => {
    execFile("python3", ["-c", CLIENT, JSON.stringify(request)], (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}
