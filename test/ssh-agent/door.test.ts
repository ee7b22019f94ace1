import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Conversation, serveAgent } from "../../src/ssh-agent/door.ts";
import { Upstream } from "../../src/ssh-agent/upstream.ts";
import { frameMessage, MOST_MESSAGE_BYTES, renderNumber } from "../../src/ssh-agent/wire.ts";

/** A door behind which every message is answered by itself. */
async function openDoor(changes: Partial<Conversation> = {}) {
  const faults: unknown[] = [];
  const conversation = {
    answer: (message: Uint8Array) => Promise.resolve(message),
    close: () => {},
    ...changes,
  };
  const options = { open: () => conversation, onFault: (error: unknown) => faults.push(error) };
  const door = await serveAgent({ host: "127.0.0.1", port: 0 }, options);
  return { door, faults, dial: () => connect(door.port, "127.0.0.1") };
}

/** Everything that the other side sends, to its end. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  await once(socket, "close");
  return Buffer.concat(chunks);
}

describe("the door of the ssh agent", () => {
  test("answers message after message, however they are cut", async () => {
    const { door, dial } = await openDoor();
    const client = dial();
    const messages = Buffer.concat(
      ["one", "two", "three"].map((text) => frameMessage(Buffer.from(text))),
    );
    for (const byte of messages) client.write(Buffer.of(byte));
    client.end();
    assert.deepEqual(await readAll(client), messages);
    await door.close();
  });

  for (const [what, bytes] of [
    ["an empty message", renderNumber(0)],
    ["a message that is too long", renderNumber(MOST_MESSAGE_BYTES + 1)],
    ["noise", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ] as const) {
    test(`ends the conversation at ${what}`, async () => {
      const { door, faults, dial } = await openDoor();
      const client = dial();
      client.write(bytes);
      assert.equal((await readAll(client)).length, 0);
      assert.deepEqual(faults, []);
      await door.close();
    });
  }

  test("holds a limited number of clients, and takes others when these have gone", async () => {
    const { door, dial } = await openDoor();
    const clients = Array.from({ length: 64 }, dial);
    const message = frameMessage(Buffer.from("x"));
    for (const client of clients) {
      client.write(message);
      await once(client, "data");
    }
    const refused = dial();
    assert.equal((await readAll(refused)).length, 0);
    clients[0]?.destroy();
    let answer: Buffer = Buffer.alloc(0);
    while (answer.length === 0) {
      const client = dial();
      client.end(message);
      answer = await readAll(client);
    }
    assert.deepEqual(answer, message);
    for (const client of clients) client.destroy();
    await door.close();
  });

  test("says when a bug of ours ends a conversation, and lives on", async () => {
    const answer = () => Promise.reject(new Error("a bug"));
    const { door, faults, dial } = await openDoor({ answer });
    const client = dial();
    client.write(frameMessage(Buffer.from("x")));
    assert.equal((await readAll(client)).length, 0);
    assert.equal(String(faults[0]), "Error: a bug");
    await door.close();
  });
});

describe("the user's own agent", () => {
  test("is asked again when it had ended the connection, and not when it is gone", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pale-agent-"));
    const path = join(directory, "socket");
    const clients: Socket[] = [];
    const server = createServer((client) => {
      clients.push(client);
      client.on("data", (bytes) => client.write(bytes));
    });
    server.listen(path);
    await once(server, "listening");
    const upstream = new Upstream(path, 10_000);
    assert.equal(String(await upstream.ask(Buffer.from("one"))), "one");
    const [first] = clients;
    first?.destroy();
    assert.equal(String(await upstream.ask(Buffer.from("two"))), "two");
    assert.equal(clients.length, 2);
    server.close();
    for (const client of clients) client.destroy();
    rmSync(directory, { recursive: true });
    assert.equal(await upstream.ask(Buffer.from("three")), undefined);
    upstream.close();
  });

  test("is not waited for forever", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pale-agent-"));
    const path = join(directory, "socket");
    const server = createServer(() => {});
    server.listen(path);
    await once(server, "listening");
    assert.equal(await new Upstream(path, 50).ask(Buffer.from("x")), undefined);
    server.close();
    rmSync(directory, { recursive: true });
  });
});
