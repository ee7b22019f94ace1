import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { WebSocketMessages } from "../../src/proxy/web-socket-messages.ts";

function frame(length: number): Buffer {
  const payload = Buffer.alloc(length, 0x81);
  if (length < 126) return Buffer.concat([Buffer.of(0x82, length), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = 0x82;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

describe("the frames of a WebSocket", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
    test(`end where they say (${length} bytes), in whatever pieces they come`, () => {
      const bytes = Buffer.concat([frame(length), frame(3)]);
      const ends = [frame(length).length, bytes.length];
      for (const size of [1, 2, 7, 1000, bytes.length]) {
        if (length > 1000 && size < 7) continue;
        const messages = new WebSocketMessages();
        for (let at = 0; at < bytes.length; at += size) {
          const reached = Math.min(at + size, bytes.length);
          assert.equal(messages.feed(bytes.subarray(at, reached)), ends.includes(reached));
        }
      }
    });
  }
});
