import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderNetworkFile } from "../../src/launch/network-file.ts";
import type { Listener } from "../../src/plan/plan.ts";

/** By hand from `struct network_file` in src/init/network.c; test/sandbox holds that it works. */
describe("the network file", () => {
  const listeners: Listener[] = [
    { door: "tls", transport: "tcp", address: "127.0.0.1", port: 443 },
    { door: "dnsUdp", transport: "udp", address: "127.0.0.1", port: 53 },
    { door: "forward", transport: "tcp", address: "::1", port: 0x1234, hostPort: 1 },
  ];
  const bytes = Buffer.from(renderNetworkFile(listeners, { uid: 1000, gid: 1234 }));

  test("begins with counts and the maps of users and groups", () => {
    assert.equal(bytes.length, 16 + 64 + 3 * 48);
    assert.deepEqual(
      [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)),
      [3, 11, 11, 1],
    );
    assert.equal(bytes.toString("latin1", 16, 48), "1000 1000 1".padEnd(32, "\0"));
    assert.equal(bytes.toString("latin1", 48, 80), "1234 1234 1".padEnd(32, "\0"));
  });

  test("has family, type, length and socket address of each listener", () => {
    const words = (at: number) => [0, 4, 8, 12].map((next) => bytes.readUInt32LE(at + next));
    const address = (at: number, length: number) =>
      bytes.toString("hex", at + 16, at + 16 + length);
    assert.deepEqual(words(80), [2, 1, 16, 0]);
    assert.equal(address(80, 16), `020001bb7f000001${"00".repeat(8)}`);
    assert.deepEqual(words(128), [2, 2, 16, 0]);
    assert.equal(address(128, 16), `020000357f000001${"00".repeat(8)}`);
    assert.deepEqual(words(176), [10, 1, 28, 0]);
    assert.equal(
      address(176, 28),
      `0a001234${"00".repeat(4)}${"00".repeat(15)}01${"00".repeat(4)}`,
    );
  });
});
