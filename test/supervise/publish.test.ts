import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import { BLOCK, BLOCKS, PORTS } from "../init/inside.ts";
import { request } from "../init/network.ts";
import { readProcess } from "../init/processes.ts";
import { until } from "../init/started.ts";
import {
  ask,
  dialsAre,
  findFreePorts,
  knock,
  listen,
  listTree,
  open,
  portOf,
  readAll,
  startWorld,
  visit,
} from "./publish-world.ts";

describe("a published port", () => {
  for (const name of ["four", "any", "six"] as const) {
    test(`leads to a server on ${name}, under the same number and another one`, async (context) => {
      const sandboxPort = PORTS[name];
      const [other = 0] = await findFreePorts(1);
      const ports = [sandboxPort, other].map((hostPort) => ({ sandboxPort, hostPort }));
      const world = await startWorld(context, { ports });
      if (!world) return;
      for (const { hostPort } of ports) {
        for (const host of listLoopback()) {
          assert.match(await ask(hostPort, request, host), new RegExp(`\r\n\r\n${name}$`, "u"));
        }
      }
      const published = ports.map((pair) => ({ event: "published", ...pair }));
      assert.deepEqual(byHostPort(world.events().slice(0, 2)), byHostPort(published));
    });
  }

  test("is on 127.0.0.1 and ::1, and on no other address of the host", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.any, hostPort }] });
    if (!world) return;
    const others = listAddresses().filter((address) => !listLoopback().includes(address));
    for (const host of ["127.0.0.2", "127.255.255.254", ...others]) {
      assert.equal(await knock(hostPort, host), "ECONNREFUSED", host);
    }
    for (const host of listLoopback()) assert.equal(await knock(hostPort, host), undefined, host);
    // The control: where somebody listens on every address, nobody is refused.
    const wide = await listen(0, listLoopback().length > 1 ? "::" : "0.0.0.0");
    context.after(() => wide.close());
    for (const host of ["127.0.0.2", ...others]) {
      assert.equal(await knock(portOf(wide), host), undefined, host);
    }
  });

  test("leads to 127.0.0.1 and ::1 inside only; what is refused there is reset", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.second, hostPort }] });
    if (!world) return;
    const { bytes, error } = await visit(hostPort);
    assert.deepEqual({ length: bytes.length, error }, { length: 0, error: "ECONNRESET" });
    const refused = { event: "refused", sandboxPort: PORTS.second, hostPort };
    await world.says({ ...refused, reason: "nothing-listens" });
  });

  test("carries large transfers in both directions, and each end by itself", async (context) => {
    const [download = 0, upload = 0, both = 0] = await findFreePorts(3);
    const ports = [
      { sandboxPort: PORTS.source, hostPort: download },
      { sandboxPort: PORTS.digest, hostPort: upload },
      { sandboxPort: PORTS.echo, hostPort: both },
    ];
    if (!(await startWorld(context, { ports }))) return;
    const expected = createHash("sha256");
    for (let i = 0; i < BLOCKS; i += 1) expected.update(BLOCK);
    const { bytes } = await readAll(await open(download));
    assert.equal(digest(bytes), expected.digest("hex"));
    const sent = randomBytes(96 << 20);
    const uploading = await open(upload);
    // The answer comes after our end: the other direction is still open then.
    uploading.end(sent);
    assert.equal((await readAll(uploading)).bytes.toString(), digest(sent));
    const echoing = await open(both);
    echoing.end(sent);
    assert.equal(digest((await readAll(echoing)).bytes), digest(sent));
  });

  test("holds a sender back while nobody reads", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.source, hostPort }] });
    if (!world) return;
    const socket = await open(hostPort);
    socket.pause();
    await dialsAre(world.supervisor, 1);
    const [dial = 0] = listTree(world.supervisor).slice(1);
    await until(
      () => "the relay waits",
      () => isAsleep(dial),
    );
    const { bytes } = await readAll(socket);
    assert.equal(bytes.length, BLOCK.length * BLOCKS);
  });

  test("passes on that a connection broke, in both directions", async (context) => {
    const [broken = 0, silent = 0] = await findFreePorts(2);
    const ports = [
      { sandboxPort: PORTS.broken, hostPort: broken },
      { sandboxPort: PORTS.silent, hostPort: silent },
    ];
    const world = await startWorld(context, { ports });
    if (!world) return;
    const socket = await open(broken);
    socket.once("data", () => socket.write("now"));
    const { bytes, error } = await readAll(socket);
    assert.deepEqual([bytes.toString(), error], ["half", "ECONNRESET"]);
    const other = await open(silent);
    other.write("hello");
    await dialsAre(world.supervisor, 1);
    other.resetAndDestroy();
    await dialsAre(world.supervisor, 0);
  });

  test("serves 200 connections at once, and after that none is left", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.echo, hostPort }] });
    if (!world) return;
    const before = countDescriptors(world.supervisor);
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open(hostPort)));
    await dialsAre(world.supervisor, 200);
    const answers = sockets.map((socket) => readAll(socket));
    for (const [index, socket] of sockets.entries()) socket.end(`${index} `.repeat(10_000));
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      assert.equal(digest(answer.bytes), digest(`${index} `.repeat(10_000)));
    }
    await dialsAre(world.supervisor, 0);
    await until(
      () => `${before} open descriptors, not ${countDescriptors(world.supervisor)}`,
      () => countDescriptors(world.supervisor) <= before,
    );
  });

  test("turns none of a burst of short connections away", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.echo, hostPort }] });
    if (!world) return;
    const words = Array.from({ length: 400 }, (_, index) => `word ${index}`);
    const answers = await Promise.all(words.map((word) => ask(hostPort, word)));
    assert.deepEqual(answers, words);
    await dialsAre(world.supervisor, 0);
    assert.ok(world.events().every(({ event }) => event !== "refused"));
  });

  test("turns away what is more than 256 connections", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.silent, hostPort }] });
    if (!world) return;
    const sockets = await Promise.all(Array.from({ length: 256 }, () => open(hostPort)));
    await dialsAre(world.supervisor, 256);
    const { error } = await visit(hostPort);
    assert.equal(error, "ECONNRESET");
    const refused = { event: "refused", sandboxPort: PORTS.silent, hostPort };
    await world.says({ ...refused, reason: "too-many-connections" });
    sockets[0]?.resetAndDestroy();
    await dialsAre(world.supervisor, 255);
    (await open(hostPort)).unref();
    await dialsAre(world.supervisor, 256);
    for (const socket of sockets) socket.destroy();
  });
});

describe("a host port that somebody has", () => {
  for (const host of ["127.0.0.1", "::1"] as const) {
    test(`on ${host} is left to him, and had when he has gone`, async (context) => {
      if (!listLoopback().includes(host)) return context.skip(`there is no ${host}`);
      const [hostPort = 0] = await findFreePorts(1);
      const owner = await listen(hostPort, host);
      context.after(() => owner.close());
      const world = await startWorld(context, { ports: [{ sandboxPort: PORTS.four, hostPort }] });
      if (!world) return;
      const pair = { sandboxPort: PORTS.four, hostPort };
      await world.says({ event: "port-taken", code: "EADDRINUSE", ...pair });
      assert.equal(await ask(hostPort, "", host), "the host's own");
      const other = host === "::1" ? "127.0.0.1" : "::1";
      assert.equal(await knock(hostPort, other), "ECONNREFUSED");
      await new Promise((resolve) => void setTimeout(resolve, 2500));
      await new Promise((resolve) => owner.close(resolve));
      await world.says({ event: "published", ...pair });
      for (const each of listLoopback()) assert.match(await ask(hostPort, request, each), /four$/u);
      assert.equal(world.events().filter(({ event }) => event === "port-taken").length, 1);
    });
  }

  test("also by another sandbox", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const first = await startWorld(context, { ports: [{ sandboxPort: PORTS.four, hostPort }] });
    const second = await startWorld(context, { ports: [{ sandboxPort: PORTS.any, hostPort }] });
    if (!first || !second) return;
    await second.says({ event: "port-taken", code: "EADDRINUSE", hostPort });
    for (let i = 0; i < 10; i += 1) assert.match(await ask(hostPort, request), /four$/u);
    process.kill(first.supervisor, "SIGKILL");
    await second.says({ event: "published", hostPort });
    assert.match(await ask(hostPort, request), /any$/u);
  });
});

function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Now, and each time in a while. */
function isAsleep(pid: number): boolean {
  return Array.from({ length: 50 }, () => readProcess(pid)?.state).every((state) => state === "S");
}

function digest(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function listAddresses(): string[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, each]) => {
    return (each ?? []).map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address));
  });
  return [...new Set(all)];
}

function listLoopback(): string[] {
  return ["127.0.0.1", ...listAddresses().filter((address) => address === "::1")];
}

function byHostPort<T extends { hostPort?: unknown }>(events: T[]): T[] {
  return events.toSorted((a, b) => Number(a.hostPort) - Number(b.hostPort));
}
