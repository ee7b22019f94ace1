import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { readPurpose } from "../../src/ssh-agent/purpose.ts";
import { describePurpose, describeQuestion } from "../../src/ssh-agent/show-purpose.ts";
import { blobOf, fileData, loginData } from "./ssh-data.ts";

const KEY = blobOf("mine");
const BOUND = "publickey-hostbound-v00@openssh.com";

describe("what a signature is good for", () => {
  test("is a log-in, of a user", () => {
    const purpose = readPurpose(loginData(KEY), KEY);
    assert.equal(purpose?.kind === "login" && purpose.user, "git");
    assert.equal(purpose?.kind === "login" && purpose.hostKey, undefined);
  });

  test("is a log-in at a server, where the client says which", () => {
    const purpose = readPurpose(loginData(KEY, { hostKey: "its key" }), KEY);
    assert.equal(purpose?.kind === "login" && purpose.hostKey?.toString(), "its key");
  });

  test("is a file, in a namespace", () => {
    assert.deepEqual(readPurpose(fileData(), KEY), { kind: "file", namespace: "git" });
    const short = fileData("file", "h".repeat(32), "sha256");
    assert.deepEqual(readPurpose(short, KEY), { kind: "file", namespace: "file" });
  });

  const unknown: [string, Buffer][] = [
    ["another key's log-in", loginData(blobOf("other"))],
    ["another service", loginData(KEY, { service: "ssh-other" })],
    ["another method", loginData(KEY, { method: "hostbased" })],
    ["another message", loginData(KEY, { number: 51 })],
    ["a question without a signature", loginData(KEY, { isSigned: 0 })],
    ["no session", loginData(KEY, { session: "" })],
    ["a log-in with more behind it", Buffer.concat([loginData(KEY), Buffer.of(0)])],
    ["a log-in that is cut off", loginData(KEY).subarray(0, -1)],
    ["a server's key where none belongs", loginData(KEY, { hostKey: "x", method: "publickey" })],
    ["no server's key where one belongs", loginData(KEY, { method: BOUND })],
    ["a file without a namespace", fileData("")],
    ["a file with another hash", fileData("git", "h".repeat(20), "sha1")],
    ["a file whose hash is too short", fileData("git", "h".repeat(63))],
    ["a file with more behind it", Buffer.concat([fileData(), Buffer.of(0)])],
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("please sign this")],
  ];
  for (const [name, data] of unknown) {
    test(`cannot be told of ${name}`, () => assert.equal(readPurpose(data, KEY), undefined));
  }

  test("is told of any bytes without a fault, and never of both kinds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const purpose = readPurpose(bytes, KEY);
        assert.ok(purpose === undefined || ["login", "file"].includes(purpose.kind));
      }),
    );
  });

  test("is not told of a log-in that was changed, but for its own words", () => {
    const sound = loginData(KEY, { hostKey: "k" });
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 15 }), (at, bits) => {
        const changed = Buffer.from(sound);
        // Of ASCII it stays ASCII.
        changed[at] = (changed[at] ?? 0) ^ bits;
        const purpose = readPurpose(changed, KEY);
        if (purpose?.kind !== "login") return;
        // What still is one says of itself what its bytes say, and all of them.
        const { session, user, hostKey } = purpose;
        assert.ok(hostKey);
        const again = loginData(KEY, {
          session: session.toString("latin1"),
          user,
          hostKey: hostKey.toString("latin1"),
        });
        assert.equal(again.length, changed.length);
      }),
    );
  });
});

describe("the question to the user", () => {
  test("shows nothing that acts on a terminal or as markup, and is bounded", () => {
    const purpose = readPurpose(loginData(KEY, { user: `<b>\u001B[2J${"x".repeat(500)}` }), KEY);
    assert.ok(purpose);
    const asked = {
      key: { fingerprint: "SHA256:abc", comment: "a&b\nc" },
      purpose: describePurpose(purpose, undefined),
    };
    const question = describeQuestion(asked, { profile: "claude", project: "/home/ada/p" });
    assert.match(question, /^May claude in \/home\/ada\/p use your ssh key "a\?b\\x0ac"\n/u);
    assert.match(question, /\nto log in as \?b\?\\x1b\[2Jx+\.\.\.\?\n\nSHA256:abc$/u);
    assert.ok(question.length < 400);
  });
});
