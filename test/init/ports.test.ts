import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { describe, test, type TestContext } from "node:test";
import { PORTS } from "./inside.ts";
import { type Network, startNetwork, talk } from "./network.ts";
import { readProcess } from "./processes.ts";
import { until } from "./started.ts";

/** All but that on 127.0.0.2, which `dial` does not reach. */
const REACHED = Object.values(PORTS).filter((port) => port !== PORTS.second);

describe("init ports", () => {
  test("lists what dial reaches, sorted, at once and after each change", async (context) => {
    // Others may not listen on ports as low as these.
    const doors = [7, 53, 443].map((port) => {
      return { transport: "tcp", address: "127.0.0.1", port, door: "tls" } as const;
    });
    const network = await startNetwork(context, doors);
    if (!network) return;
    const { lines } = start(context, network);
    const has = async (...ports: number[]): Promise<void> => {
      const line = [7, 53, 443, ...ports, ...REACHED].sort((a, b) => a - b).join(" ");
      await until(
        () => `${line} in ${lines().join(" | ")}`,
        () => lines().at(-1) === line,
      );
    };
    await has();
    for (const [port, host] of [
      [1024, "::ffff:127.0.0.1"],
      [65_535, "::"],
      [10_000, "127.0.0.1"],
    ] as const) {
      await talk(network, PORTS.control, `listen ${port} ${host}\n`);
      await has(port);
      await talk(network, PORTS.control, `close ${port}\n`);
      await has();
    }
    assert.equal(lines().length, 7);
  });

  test("says nothing of connections, of other addresses, and of the host", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    const { lines, child } = start(context, network);
    await until(
      () => "the first line",
      () => lines().length > 0,
    );
    await talk(network, PORTS.control, `listen 9001 127.0.0.3\n`);
    await talk(network, PORTS.echo, "hello");
    await new Promise((resolve) => void setTimeout(resolve, 1500));
    assert.deepEqual(lines(), [REACHED.join(" ")]);
    assert.equal(child.exitCode, null);
  });

  test("ends when nobody reads any more", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    const { lines, child } = start(context, network);
    await until(
      () => "the first line",
      () => lines().length > 0,
    );
    child.stdout?.destroy();
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
  });

  test("ends with its parent, whoever else may read", async (context) => {
    const network = await startNetwork(context);
    if (!network) return;
    const { init, folder, namespaces } = network;
    const output = openSync(`${folder}/lines`, "w+");
    const script = '"$0" ports $$ & echo $!; wait';
    const stdio = ["ignore", output, "inherit", namespaces.user, namespaces.network] as const;
    const parent = spawn("/bin/sh", ["-c", script, init], { stdio: [...stdio] });
    const lines = () => readFileSync(`${folder}/lines`, "utf8").split("\n");
    await until(
      () => `both lines in ${lines().join(" | ")}`,
      () => lines().length >= 3,
    );
    const pid = Number(lines().find((line) => /^\d+$/u.test(line)));
    assert.equal(readProcess(pid)?.command[1], "ports");
    parent.kill("SIGKILL");
    await until(
      () => "the end",
      () => (readProcess(pid)?.state ?? "Z") === "Z",
    );
  });
});

function start(
  context: TestContext,
  { init, namespaces }: Network,
): { child: ChildProcess; lines: () => string[] } {
  const { user, network } = namespaces;
  const words = ["ports", String(process.pid)];
  const child = spawn(init, words, { stdio: ["ignore", "pipe", "inherit", user, network] });
  context.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (bytes: Buffer) => (text += bytes.toString()));
  return { child, lines: () => text.split("\n").slice(0, -1) };
}
