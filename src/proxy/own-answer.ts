import type { Answerer, OwnAnswer } from "./request-rules.ts";

/** No client that means well sends more to what is answered here. */
const MOST_BYTES = 65_536;

/** Reads a body to its end and has it answered; one that is too long is refused. */
export async function answerBody(
  body: AsyncIterable<Uint8Array>,
  answerer: Answerer,
): Promise<OwnAnswer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > MOST_BYTES) return { status: 413, body: { error: "pale: too long" } };
    pieces.push(piece);
  }
  return answerer(Buffer.concat(pieces).toString());
}

export function renderOwnAnswer({ status, body }: OwnAnswer): Buffer {
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} pale`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${text}`);
}
