import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { SignatureEvent } from "../../src/log/entry.ts";
import { Broker, type BrokerOptions } from "../../src/ssh-agent/broker.ts";
import { fingerprintKey } from "../../src/ssh-agent/fingerprint.ts";
import {
  FAILURE,
  LIST,
  parseIdentities,
  renderIdentities,
  renderSign,
} from "../../src/ssh-agent/messages.ts";
import { renderString } from "../../src/ssh-agent/wire.ts";
import { blobOf, fileData, loginData } from "./ssh-data.ts";

const MINE = blobOf("mine");
const OTHER = blobOf("other");
const KEYS = [
  { blob: MINE.toString("base64"), fingerprint: fingerprintKey(MINE), comment: "my key" },
];
const SIGNED = Buffer.concat([Buffer.of(14), renderString("a signature")]);

/** A broker before an agent that has two keys and signs everything; `asked` is what got to it. */
function makeBroker(changes: Partial<BrokerOptions> = {}) {
  const asked: Uint8Array[] = [];
  const events: SignatureEvent[] = [];
  const broker = new Broker({
    keys: KEYS,
    ask: (message) => {
      asked.push(message);
      if (message[0] === 13) return Promise.resolve(SIGNED);
      if (message[0] === 27) return Promise.resolve(Buffer.of(6));
      return Promise.resolve(
        renderIdentities([
          { blob: MINE, comment: "my key" },
          { blob: OTHER, comment: "other" },
        ]),
      );
    },
    confirm: undefined,
    onEvent: (event) => events.push(event),
    ...changes,
  });
  return { broker, asked, events };
}

function signRequest(blob: Buffer, data: Buffer, flags = 0): Buffer {
  return renderSign({ kind: "sign", blob, data, flags });
}

describe("the broker of ssh keys", () => {
  test("lists the chosen keys alone", async () => {
    const { broker } = makeBroker();
    const answer = parseIdentities(await broker.answer(LIST));
    assert.deepEqual(
      answer?.map(({ comment }) => comment),
      ["my key"],
    );
  });

  test("has a chosen key sign, and says so in the log", async () => {
    const { broker, asked, events } = makeBroker();
    const request = signRequest(MINE, loginData(MINE), 4);
    assert.deepEqual(await broker.answer(request), SIGNED);
    assert.deepEqual(asked, [request]);
    const key = { key: fingerprintKey(MINE), comment: "my key" };
    const purpose = "log in as git at an unnamed server";
    assert.deepEqual(events, [{ event: "signature", ...key, purpose }]);
  });

  const refused: [string, Buffer, RegExp][] = [
    ["another key of the agent", signRequest(OTHER, loginData(OTHER)), /not among `ssh_keys`/u],
    ["what nobody can read", signRequest(MINE, Buffer.from("x")), /neither a log-in/u],
    ["another key's log-in", signRequest(MINE, loginData(OTHER)), /neither a log-in/u],
  ];
  for (const [name, request, reason] of refused) {
    test(`refuses to sign ${name}, and the agent hears nothing of it`, async () => {
      const { broker, asked, events } = makeBroker();
      assert.deepEqual(await broker.answer(request), FAILURE);
      assert.deepEqual(asked, []);
      assert.equal(events.length, 1);
      assert.match(events[0]?.event === "signature-refused" ? events[0].reason : "", reason);
    });
  }

  test("names the server that the client is bound to, when the agent has believed it", async () => {
    const { broker, events } = makeBroker();
    const bind = bindRequest("its key", "s".repeat(32));
    assert.deepEqual(await broker.answer(bind), Buffer.of(6));
    await broker.answer(signRequest(MINE, loginData(MINE)));
    await broker.answer(signRequest(MINE, loginData(MINE, { session: "t".repeat(32) })));
    const server = fingerprintKey(Buffer.from("its key"));
    assert.deepEqual(
      events.map(({ purpose }) => purpose),
      [`log in as git at the server ${server}`, "log in as git at an unnamed server"],
    );
  });

  test("believes no binding that the agent does not", async () => {
    const ask = (message: Uint8Array) =>
      Promise.resolve(message[0] === 27 ? Buffer.from(FAILURE) : SIGNED);
    const { broker, events } = makeBroker({ ask });
    assert.deepEqual(await broker.answer(bindRequest("its key", "s".repeat(32))), FAILURE);
    await broker.answer(signRequest(MINE, loginData(MINE)));
    assert.match(events[0]?.purpose ?? "", /an unnamed server/u);
  });

  for (const [answer, reason] of [
    ["no", /you said no$/u],
    ["silence", /nobody said yes/u],
    ["refused-too-often", /three times/u],
  ] as const) {
    test(`does not have it signed when the answer is ${answer}`, async () => {
      const { broker, asked, events } = makeBroker({ confirm: () => Promise.resolve(answer) });
      assert.deepEqual(await broker.answer(signRequest(MINE, fileData())), FAILURE);
      assert.deepEqual(asked, []);
      assert.match(events[0]?.event === "signature-refused" ? events[0].reason : "", reason);
    });
  }

  test("has it signed after a yes", async () => {
    const questions: string[] = [];
    const { broker } = makeBroker({
      confirm: ({ purpose }) => {
        questions.push(purpose);
        return Promise.resolve("yes");
      },
    });
    assert.deepEqual(await broker.answer(signRequest(MINE, fileData())), SIGNED);
    assert.deepEqual(questions, ["sign a commit or tag of git's (git)"]);
  });

  test("takes nothing but a signature for one", async () => {
    for (const answer of [
      undefined,
      Buffer.of(5),
      Buffer.of(14),
      Buffer.concat([SIGNED, SIGNED]),
    ]) {
      const { broker, events } = makeBroker({ ask: () => Promise.resolve(answer) });
      assert.deepEqual(await broker.answer(signRequest(MINE, fileData())), FAILURE);
      assert.equal(events[0]?.event, "signature-refused");
    }
  });

  test("refuses everything else: adding, removing, locking, extensions, noise", async () => {
    const others = [1, 9, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27].map((number) => {
      return Buffer.concat([Buffer.of(number), renderString(MINE)]);
    });
    const noise = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), 300);
    const broken = noise.filter(([first]) => first !== 11);
    const long = Buffer.concat([signRequest(MINE, loginData(MINE)), Buffer.of(0)]);
    for (const message of [...others, ...broken, long, Buffer.of(11, 0), Buffer.alloc(0)]) {
      const { broker, asked } = makeBroker();
      assert.deepEqual(await broker.answer(message), FAILURE, Buffer.from(message).toString("hex"));
      assert.deepEqual(asked, []);
    }
  });
});

function bindRequest(hostKey: string, session: string): Buffer {
  return Buffer.concat([
    Buffer.of(27),
    ...["session-bind@openssh.com", hostKey, session, "signature"].map(renderString),
    Buffer.of(0),
  ]);
}
