import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PORTS } from "../init/inside.ts";
import { request } from "../init/network.ts";
import { until } from "../init/started.ts";
import { ask, findFreePorts, knock, listen, startWorld } from "./publish-world.ts";

/** All but that which is not reached, and that which the test has for itself. */
const REACHED = Object.values(PORTS).filter(
  (port) => port !== PORTS.second && port !== PORTS.control,
);

describe("with `auto`", () => {
  test("what listens inside is published, and withdrawn when it does no more", async (context) => {
    const [control = 0, port = 0] = await findFreePorts(2);
    const ports = [{ sandboxPort: PORTS.control, hostPort: control }];
    const world = await startWorld(context, { ports, auto: true });
    if (!world) return;
    for (const each of [...REACHED, world.door])
      await world.says({ event: "published", hostPort: each });
    assert.match(await ask(PORTS.any, request), /any$/u);
    assert.equal(await knock(port, "127.0.0.1"), "ECONNREFUSED");
    for (const round of [1, 2]) {
      assert.equal(await ask(control, `listen ${port} 127.0.0.1`), "done");
      await world.says({ event: "published", sandboxPort: port, hostPort: port }, round);
      assert.equal(await ask(port, ""), "extra");
      assert.equal(await knock(port, "127.0.0.2"), "ECONNREFUSED");
      assert.equal(await ask(control, `close ${port}`), "done");
      await world.says({ event: "withdrawn", sandboxPort: port, hostPort: port }, round);
      assert.equal(await knock(port, "127.0.0.1"), "ECONNREFUSED");
    }
    // Not the port that has another number by name; the door, as nobody has excluded it here.
    const published = world.events().filter(({ event }) => event === "published");
    const numbers = published.map(({ hostPort }) => Number(hostPort));
    assert.deepEqual(sort(numbers), sort([control, port, port, ...REACHED, world.door]));
    // And nothing is even tried that belongs to the system.
    assert.deepEqual(
      world.events().filter(({ hostPort = 1024 }) => Number(hostPort) < 1024),
      [],
    );
  });

  test("doors and forwards are left out, and what the host has itself", async (context) => {
    const [control = 0, port = 0, other = 0] = await findFreePorts(3);
    const own = await listen(port, "127.0.0.1");
    context.after(() => own.close());
    const ports = [{ sandboxPort: PORTS.control, hostPort: control }];
    const excluded = (door: number): number[] => [door, PORTS.four];
    const world = await startWorld(context, { ports, auto: true, excluded });
    if (!world) return;
    assert.equal(await ask(control, `listen ${port} 127.0.0.1`), "done");
    await world.says({ event: "port-taken", sandboxPort: port, hostPort: port });
    assert.equal(await ask(port, ""), "the host's own");
    await world.says({ event: "published", hostPort: PORTS.any });
    const left = excluded(world.door);
    for (const each of left) assert.equal(await knock(each, "127.0.0.1"), "ECONNREFUSED");
    assert.equal(await ask(control, `close ${port}`), "done");
    // Who has seen that this one is there has seen that the other is not.
    assert.equal(await ask(control, `listen ${other} 127.0.0.1`), "done");
    await world.says({ event: "published", hostPort: other });
    await new Promise((resolve) => own.close(resolve));
    await new Promise((resolve) => void setTimeout(resolve, 3000));
    assert.equal(await knock(port, "127.0.0.1"), "ECONNREFUSED");
    const seen = world.events().filter(({ hostPort }) => hostPort === port);
    assert.deepEqual(
      seen.map(({ event }) => event),
      ["port-taken"],
    );
    assert.ok(world.events().every(({ hostPort }) => !left.includes(Number(hostPort))));
  });

  test("there are no more than 32 at once", async (context) => {
    const [control = 0] = await findFreePorts(1);
    const many = await findFreePorts(40);
    const ports = [{ sandboxPort: PORTS.control, hostPort: control }];
    const excluded = (door: number): number[] => [door, ...REACHED];
    const world = await startWorld(context, { ports, auto: true, excluded });
    if (!world) return;
    const wanted = many.slice(0, 33).sort((a, b) => a - b);
    for (const port of wanted) await ask(control, `listen ${port} 127.0.0.1`);
    await world.says({ event: "refused", reason: "too-many-ports" });
    await until(
      () => "32 ports are open",
      () => countPublished(world.events()) === 33,
    );
    const open = await Promise.all(wanted.map((port) => knock(port, "127.0.0.1")));
    assert.deepEqual(sort(open.map((code) => (code === undefined ? 1 : 0))).indexOf(1), 1);
    const freed = wanted[open.indexOf(undefined)];
    await ask(control, `close ${freed}`);
    await world.says({ event: "withdrawn", hostPort: Number(freed) });
    const late = wanted[open.indexOf("ECONNREFUSED")];
    await world.says({ event: "published", hostPort: Number(late) });
  });
});

describe("without `auto`", () => {
  test("nothing is published that nobody has named", async (context) => {
    const [control = 0, port = 0] = await findFreePorts(2);
    const ports = [{ sandboxPort: PORTS.control, hostPort: control }];
    const world = await startWorld(context, { ports });
    if (!world) return;
    assert.equal(await ask(control, `listen ${port} 127.0.0.1`), "done");
    await new Promise((resolve) => void setTimeout(resolve, 1500));
    assert.equal(await knock(port, "127.0.0.1"), "ECONNREFUSED");
    assert.equal(countPublished(world.events()), 1);
  });
});

function countPublished(events: Record<string, unknown>[]): number {
  return events.filter(({ event }) => event === "published").length;
}

function sort(numbers: number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
