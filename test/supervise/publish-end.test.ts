import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { PORTS } from "../init/inside.ts";
import { readProcess } from "../init/processes.ts";
import { until } from "../init/started.ts";
import {
  dialsAre,
  findFreePorts,
  knock,
  listTree,
  open,
  readAll,
  startWorld,
} from "./publish-world.ts";

const DISTURBANCES = {
  "the supervisor is killed": ({ supervisor }) => process.kill(supervisor, "SIGKILL"),
  "the sandbox's first process is killed": ({ chain }) => void chain.kill("SIGKILL"),
} satisfies Record<string, (world: NonNullable<Awaited<ReturnType<typeof startWorld>>>) => void>;

describe("publishing ends", () => {
  for (const [title, disturb] of Object.entries(DISTURBANCES)) {
    test(`with everything that belongs to it when ${title}`, async (context) => {
      const [hostPort = 0] = await findFreePorts(1);
      const ports = [{ sandboxPort: PORTS.silent, hostPort }];
      const world = await startWorld(context, { ports, auto: true });
      if (!world) return;
      await world.says({ event: "published", hostPort: PORTS.echo });
      const sockets = await Promise.all([open(hostPort), open(hostPort), open(PORTS.echo)]);
      await dialsAre(world.supervisor, 3);
      const processes = listTree(world.supervisor);
      const roles = processes.slice(1).map((pid) => readProcess(pid)?.command[1] ?? "");
      assert.deepEqual(roles.sort(), ["dial", "dial", "dial", "ports"]);
      const ended = sockets.map(readAll);
      disturb(world);
      await until(
        () => `the end of ${processes.filter(isAlive).join(" ")}`,
        () => !processes.some(isAlive),
      );
      await Promise.all(ended);
      // A process counts as ended before the last of its threads has let go of the sockets.
      let refusal: string | undefined;
      for (let i = 0; i < 200 && refusal === undefined; i += 1) {
        refusal = await knock(hostPort, "127.0.0.1");
        await new Promise((resolve) => void setTimeout(resolve, 50));
      }
      assert.equal(refusal, "ECONNREFUSED");
    });
  }

  test("when it is closed, and lets go of the ports", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const ports = [{ sandboxPort: PORTS.silent, hostPort }];
    const world = await startWorld(context, { ports, auto: true });
    if (!world) return;
    const socket = await open(hostPort);
    socket.on("error", () => {});
    await dialsAre(world.supervisor, 1);
    await world.says({ event: "published", hostPort: PORTS.any });
    process.kill(world.supervisor, "SIGTERM");
    await world.says({ event: "closed" });
    assert.deepEqual(listTree(world.supervisor), [world.supervisor]);
    for (const port of [hostPort, PORTS.any]) {
      await world.says({ event: "withdrawn", hostPort: port });
      assert.equal(await knock(port, "127.0.0.1"), "ECONNREFUSED");
    }
    assert.ok(world.events().every(({ event }) => event !== "fault"));
  });
});

describe("a process that leads inside", () => {
  test("has no environment, and nothing open but its streams and one connection", async (context) => {
    const [hostPort = 0] = await findFreePorts(1);
    const ports = [{ sandboxPort: PORTS.silent, hostPort }];
    const world = await startWorld(context, { ports, auto: true });
    if (!world) return;
    await open(hostPort);
    await dialsAre(world.supervisor, 1);
    const processes = listTree(world.supervisor).slice(1);
    const environments = processes.map((pid) => readFileSync(`/proc/${pid}/environ`, "utf8"));
    assert.deepEqual(environments, ["", ""]);
    for (const pid of processes) {
      const wanted = readProcess(pid)?.command[1] === "dial" ? "0,1,2,3,4" : "0,1,2";
      const open = () => readdirSync(`/proc/${pid}/fd`).toSorted().join();
      // It is about to enter, or looks into a file.
      await until(
        () => `${wanted}, not ${open()}`,
        () => open() === wanted,
      );
    }
    // The control: the supervisor has one.
    assert.match(readFileSync(`/proc/${world.supervisor}/environ`, "utf8"), /^PALE_SUPERVISOR=/u);
  });
});

function isAlive(pid: number): boolean {
  return (readProcess(pid)?.state ?? "Z") !== "Z";
}
