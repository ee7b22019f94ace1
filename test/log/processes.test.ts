import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import type { LogEntry } from "../../src/log/entry.ts";
import { parseEntry } from "../../src/log/read.ts";
import { Folder } from "../helpers/folder.ts";

const WRITER = join(import.meta.dirname, "write-lines.ts");
const PROCESSES = 8;
const MEBIBYTE = 1024 * 1024;

describe("several processes that write to one log", { timeout: 300_000 }, () => {
  test("tear and lose no line", async () => {
    using folder = new Folder();
    await runWriters(folder, 1000, 100 * MEBIBYTE);
    assert.deepEqual(readdirSync(folder.path).sort(), ["log", "ready"]);
    assert.deepEqual(countLines(readAll(folder, "log")), everyLine(1000));
  });

  // All find the file too large at the same moment; whoever came second would rename over the rest.
  for (const round of [1, 2, 3, 4, 5, 6]) {
    test(`tear and lose no line when the file is put aside, round ${round}`, async () => {
      using folder = new Folder();
      // 8000 lines are some 2.2 MiB, so the file is put aside once.
      const mostBytes = 1.5 * MEBIBYTE;
      await runWriters(folder, 1000, mostBytes);
      assert.deepEqual(readdirSync(folder.path).sort(), ["log", "log.1", "ready"]);
      const previous = readAll(folder, "log.1");
      assert.deepEqual(countLines([...previous, ...readAll(folder, "log")]), everyLine(1000));
      assert.ok(statSync(folder.at("log.1")).size > mostBytes - 1000);
      assert.ok(statSync(folder.at("log.1")).size < 2 * mostBytes);
    });
  }

  test("tear none when the file is put aside all the time, and keep the last ones", async () => {
    using folder = new Folder();
    await runWriters(folder, 1000, 20_000);
    assert.deepEqual(readdirSync(folder.path).sort(), ["log", "log.1", "ready"]);
    const kept = [...readAll(folder, "log.1"), ...readAll(folder, "log")];
    const ports = kept.map((entry) => ("port" in entry ? (entry.port ?? 0) : 0));
    assert.equal(Math.max(...ports), 1000);
    assert.ok(kept.length > 50, `${kept.length} lines`);
    assert.ok(kept.length < 500, `${kept.length} lines`);
  });
});

async function runWriters(folder: Folder, lines: number, mostBytes: number): Promise<void> {
  const start = (_: unknown, index: number) => {
    const argv = [WRITER, folder.at("log"), nameSandbox(index), String(lines), String(mostBytes)];
    return promisify(execFile)(process.execPath, argv);
  };
  const ready = folder.directory("ready");
  const writers = Promise.all(Array.from({ length: PROCESSES }, start));
  while (readdirSync(ready).length < PROCESSES) await Promise.race([setTimeout(10), writers]);
  folder.write("ready/go");
  await writers;
}

/** Fails when a line is not a whole one. */
function readAll(folder: Folder, name: string): LogEntry[] {
  if (!existsSync(folder.at(name))) return [];
  const lines = readFileSync(folder.at(name), "utf8").split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => parseEntry(line) ?? assert.fail(`torn: ${line}`));
}

/** How often each line is there: `SANDBOX PORT`. */
function countLines(entries: readonly LogEntry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const name = "event" in entry ? entry.event : `${entry.sandbox} ${entry.port}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function everyLine(lines: number): Map<string, number> {
  const names = Array.from({ length: PROCESSES }, (_, index) => {
    return Array.from({ length: lines }, (_, line) => `${nameSandbox(index)} ${line + 1}`);
  });
  return new Map(
    names
      .flat()
      .sort()
      .map((name) => [name, 1]),
  );
}

function nameSandbox(index: number): string {
  return `${index}-test`;
}
