import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { withLock } from "../../src/shim/lock.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const HOLDER = join(import.meta.dirname, "hold-lock.ts");
const PROCESSES = 6;

describe("withLock", () => {
  test("gives back what the act does, and leaves nothing behind", () => {
    using folder = new Folder();
    assert.equal(
      withLock(folder.at(".lock"), () => 42),
      42,
    );
    assert.throws(() => {
      withLock(folder.at(".lock"), () => {
        assert.equal(readFileSync(folder.at(".lock"), "utf8"), `${process.pid}\n`);
        throw new Error("inside");
      });
    }, /inside/u);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  test("lets one process at a time act", async () => {
    using folder = new Folder();
    const log = await runHolders(folder, "with", 30);
    assert.deepEqual(log, Array.from({ length: PROCESSES }, () => ["in", "out"]).flat());
    assert.deepEqual(readdirSync(folder.path), ["log", "log.go"]);
  });

  test("is what does that: without it several act at once", async () => {
    using folder = new Folder();
    const log = await runHolders(folder, "without", 5_000);
    assert.equal(log.length, 2 * PROCESSES);
    assert.notDeepEqual(log.slice(0, 2), ["in", "out"]);
  });

  test("lets one at a time take what a dead process left behind", async () => {
    const dead = spawnSync("true").pid;
    for (let round = 0; round < 8; round += 1) {
      using folder = new Folder();
      folder.write(".lock", `${dead}\n`);
      const log = await runHolders(folder, "with", 5);
      assert.deepEqual(log, Array.from({ length: PROCESSES }, () => ["in", "out"]).flat());
      assert.deepEqual(readdirSync(folder.path), ["log", "log.go"]);
    }
  });

  test("takes an old lock that nobody signed", () => {
    using folder = new Folder();
    folder.write(".lock", "");
    utimesSync(folder.at(".lock"), 1, 1);
    assert.equal(
      withLock(folder.at(".lock"), () => "taken"),
      "taken",
    );
  });

  test(
    "gives up on a lock that a living process keeps, and leaves it there",
    { timeout: 30_000 },
    () => {
      using folder = new Folder();
      folder.write("a place/.lock", `${process.ppid}\n`);
      const path = folder.at("a place/.lock");
      assert.deepEqual(
        catchUserErrors(() => withLock(path, () => assert.fail("acted"))),
        [
          {
            message: "another pale is at work",
            origin: path,
            hint: `if it is not: rm -f '${path}' '${path}.break'`,
          },
        ],
      );
      assert.ok(existsSync(path));
    },
  );
});

/** Several processes at once; the lines of what they wrote, in order. */
async function runHolders(folder: Folder, mode: string, milliseconds: number): Promise<string[]> {
  const log = folder.write("log");
  const argv = [HOLDER, folder.at(".lock"), log, mode, String(milliseconds)];
  const start = () => promisify(execFile)(process.execPath, argv);
  const holders = Promise.all(Array.from({ length: PROCESSES }, start));
  await setTimeout(300);
  folder.write("log.go");
  await holders;
  return readFileSync(log, "utf8").trimEnd().split("\n");
}
