import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { dialFirst, type Dialled, type DialPlan } from "../../src/proxy/dial.ts";

/** What each address does, and after how many milliseconds. */
type Script = Record<string, ["connect" | "error" | "nothing", number]>;

const limits = { dialMilliseconds: 10_000, staggerMilliseconds: 30 };

test("the first address is taken when it answers, and no other is tried", async () => {
  const script: Script = { a: ["connect", 10], b: ["connect", 0] };
  const { dialled, result } = await run(script, { staggerMilliseconds: 5000 });
  assert.equal(address(result), "a");
  assert.deepEqual(dialled, ["a"]);
});

test("the next address is tried at once when one fails", async () => {
  const script: Script = { a: ["error", 0], b: ["error", 0], c: ["connect", 0] };
  // Who waited for the next turn would be too late.
  const { dialled, result } = await run(script, { staggerMilliseconds: 30_000 });
  assert.equal(address(result), "c");
  assert.deepEqual(dialled, ["a", "b", "c"]);
});

test("the next address is tried when one is silent, and the first to answer is taken", async () => {
  const script: Script = { a: ["nothing", 0], b: ["connect", 5], c: ["connect", 0] };
  const { result, sockets } = await run(script, { staggerMilliseconds: 500 });
  assert.equal(address(result), "b");
  await Promise.resolve();
  assert.equal(sockets["a"]?.destroyed, true);
  assert.equal(sockets["c"], undefined);
});

test("an earlier address that answers late still wins over a later silent one", async () => {
  const { result, sockets } = await run({ a: ["connect", 50], b: ["nothing", 0] });
  assert.equal(address(result), "a");
  assert.equal(sockets["b"]?.destroyed, true);
});

test("of two that answer in the same moment, the one that is not taken is closed", async () => {
  const sockets = [new Socket(), new Socket()];
  const waiting = [...sockets];
  const dial = (): Socket => waiting.shift() ?? new Socket();
  const { signal } = new AbortController();
  const result = dialFirst(["a", "b"], { port: 1, dial, limits, signal });
  setTimeout(() => sockets.map((socket) => socket.emit("connect")), 50);
  assert.equal(address(await result), "a");
  await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(
    sockets.map((socket) => socket.destroyed),
    [false, true],
  );
});

test("when all fail, the last one says why", async () => {
  const short = { dialMilliseconds: 200 };
  assert.deepEqual((await run({ a: ["nothing", 0], b: ["error", 0] }, short)).result, {
    kind: "failed",
    reason: "unreachable",
  });
  assert.deepEqual((await run({ a: ["error", 0], b: ["nothing", 0] }, short)).result, {
    kind: "failed",
    reason: "connect-timeout",
  });
});

test("not more than sixteen addresses are tried", async () => {
  const script = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`a${index}`, ["error", 0]]),
  );
  assert.equal((await run(script as Script)).dialled.length, 16);
});

test("work is given up when nobody waits for it any more", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 10);
  const { result, sockets } = await run({ a: ["nothing", 0] }, { signal: controller.signal });
  assert.equal(result.kind, "failed");
  assert.equal(sockets["a"]?.destroyed, true);
});

async function run(
  script: Script,
  options: Partial<DialPlan["limits"] & { signal: AbortSignal }> = {},
): Promise<{ result: Dialled; dialled: string[]; sockets: Record<string, Socket> }> {
  const sockets: Record<string, Socket> = {};
  const dial = (address: string): Socket => {
    const [event, milliseconds] = script[address] ?? ["error", 0];
    const socket = new Socket();
    sockets[address] = socket;
    const happen = (): boolean =>
      socket.emit(event, event === "error" ? new Error("no") : undefined);
    if (event !== "nothing") setTimeout(happen, milliseconds);
    return socket;
  };
  const signal = options.signal ?? new AbortController().signal;
  const plan = { port: 1, dial, limits: { ...limits, ...options }, signal };
  const result = await dialFirst(Object.keys(script), plan);
  return { result, dialled: Object.keys(sockets), sockets };
}

function address(dialled: Dialled): string | undefined {
  return dialled.kind === "connected" ? dialled.address : undefined;
}
