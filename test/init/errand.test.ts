import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { makeFolder, requireArchitecture, writeInit } from "./init.ts";
import { readProcess } from "./processes.ts";
import { until } from "./started.ts";

describe("init errand", () => {
  test("becomes the program, which ends when its parent does", async (context) => {
    const architecture = requireArchitecture(context);
    if (!architecture) return;
    const init = writeInit(makeFolder(context), architecture);
    const script = `${init} errand $$ /bin/sleep 60 & echo $!; wait`;
    const parent = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
    });
    await until(
      () => "sleep",
      () => readProcess(pid)?.command[0] === "/bin/sleep",
    );
    parent.kill("SIGKILL");
    await until(
      () => `the end of ${pid}`,
      () => ["Z", undefined].includes(readProcess(pid)?.state),
    );
  });

  test("starts nothing for a parent that has gone", (context) => {
    const architecture = requireArchitecture(context);
    if (!architecture) return;
    const init = writeInit(makeFolder(context), architecture);
    const start = (parent: number) => {
      const words = ["errand", String(parent), "/bin/echo", "started"];
      return spawnSync(init, words, { encoding: "utf8" }).stdout;
    };
    assert.equal(start(1), "");
    assert.equal(start(process.pid), "started\n", "control");
  });
});
