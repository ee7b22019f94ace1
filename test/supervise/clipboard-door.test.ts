import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { serveClipboard } from "../../src/supervise/clipboard-door.ts";

async function openDoor(t: TestContext) {
  const faults: unknown[] = [];
  const door = await serveClipboard(
    { host: "127.0.0.1", port: 0 },
    {
      reader: { content: "images", display: { kind: "x11", program: "/usr/bin/xclip" } },
      session: {},
      run: async ({ args }) => {
        const output = args.includes("TARGETS") ? "image/png" : "x".repeat(300_000);
        return { kind: "done", output: Buffer.from(output) };
      },
      onEvent: () => {},
      onFault: (error) => void faults.push(error),
    },
  );
  t.after(() => assert.deepEqual(faults, []));
  return door.port;
}

/** All that is answered, until the other side has ended the connection. */
async function talk(port: number, parts: readonly string[]): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
  const ended = new Promise<string>((resolve) => {
    socket.once("close", () => resolve(said)).on("error", () => {});
  });
  for (const part of parts) {
    socket.write(part);
    await sleep(20);
  }
  return ended;
}

describe("the clipboard's door", () => {
  test("answers one line, however it comes, and ends", async (t) => {
    const port = await openDoor(t);
    assert.equal(await talk(port, ["types\n"]), "ok\nimage/png");
    assert.equal(await talk(port, ["ty", "pes", "\nmore"]), "ok\nimage/png");
    const content = await talk(port, ["read image/png\n"]);
    assert.equal(content.length, "ok\n".length + 300_000);
    assert.match(await talk(port, ["read text/html\n"]), /^no content of this type/u);
  });

  test("answers nothing to what is too long, and goes on", async (t) => {
    const port = await openDoor(t);
    assert.equal(await talk(port, ["x".repeat(1000)]), "");
    assert.equal(await talk(port, [`${"x".repeat(200)}\n`]), "");
    assert.equal(await talk(port, ["types\n"]), "ok\nimage/png");
  });

  test("turns away who asks too often, and waits for nobody", async (t) => {
    const port = await openDoor(t);
    const asked = Array.from({ length: 60 }, () => talk(port, ["types\n"]));
    const answers = await Promise.all(asked);
    const busy = answers.filter((answer) => answer === "no too many requests\n" || answer === "");
    assert.ok(busy.length >= 20, String(busy.length));
    assert.ok(answers.includes("ok\nimage/png"));
  });
});
