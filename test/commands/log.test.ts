import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Invocation } from "../../src/commands/invocation.ts";
import { readCount, showLog, type ShowOptions } from "../../src/commands/log.ts";
import { describeEntries } from "../../src/log/describe.ts";
import { type LogEntry, renderEntry } from "../../src/log/entry.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";
import { decisionOf, denialOf, eventOf } from "../log/entries.ts";

const PLAIN = { colour: false };

describe("pale log", () => {
  test("prints the last lines", async () => {
    using folder = new Folder();
    const entries = Array.from({ length: 60 }, (_, index) => decisionOf({ port: index + 1 }));
    write(folder, "log.1", entries.slice(0, 20));
    write(folder, "log", entries.slice(20));
    const expected = (count: number) => endLines(describeEntries(entries.slice(-count), PLAIN));
    assert.equal(await show(folder, { count: 50 }), expected(50));
    assert.equal(await show(folder, { count: 1 }), expected(1));
    assert.equal(await show(folder, { count: 1000 }), expected(60));
    assert.equal(await show(folder, { count: 0 }), "");
  });

  test("prints JSON, as it is in the file, without what is not ours", async () => {
    using folder = new Folder();
    const entries = [eventOf({ event: "started" }), decisionOf(), denialOf()];
    write(folder, "log", entries);
    appendFileSync(folder.at("pale/log"), '{"level":30}\n\u001B[31m\n');
    const json = await show(folder, { json: true });
    assert.equal(json, entries.map(renderEntry).join(""));
  });

  test("prints what was denied, in groups or as JSON", async () => {
    using folder = new Folder();
    write(folder, "log", [
      decisionOf(),
      denialOf(),
      denialOf(),
      eventOf({ event: "ended" }),
      denialOf({ host: "worse.test" }),
    ]);
    const text = await show(folder, { denied: true });
    assert.match(text, /^evil\.test:443 {2}2 times, last [\d: -]{19}\n/u);
    assert.match(text, /\n\nworse\.test:443 {2}once/u);
    assert.match(text, /\n {2}allow it: pale allow worse\.test --profile claude\n$/u);
    assert.match(await show(folder, { denied: true, count: 1 }), /^worse\.test:443/u);
    const json = await show(folder, { denied: true, json: true, count: 2 });
    assert.equal(json, [denialOf(), denialOf({ host: "worse.test" })].map(renderEntry).join(""));
  });

  test("prints the lines of one profile, or of projects", async () => {
    using folder = new Folder();
    const [a, b] = [folder.directory("work/a"), folder.directory("work/b")];
    folder.directory("work/a/src");
    folder.link("link", "work/a");
    const entries = [
      decisionOf({ port: 1, project: a }),
      decisionOf({ port: 2, project: b }),
      decisionOf({ port: 3, project: a, profile: "codex" }),
      decisionOf({ port: 4, project: folder.at("work/ab") }),
    ];
    write(folder, "log", entries);
    const ports = async (options: Partial<ShowOptions>) => {
      const json = await show(folder, { json: true, ...options });
      return [...json.matchAll(/"port":(\d+)/gu)].map(([, port]) => Number(port));
    };
    assert.deepEqual(await ports({}), [1, 2, 3, 4]);
    assert.deepEqual(await ports({ profile: "codex" }), [3]);
    assert.deepEqual(await ports({ profile: "none" }), []);
    assert.deepEqual(await ports({ project: a }), [1, 3]);
    assert.deepEqual(await ports({ project: "work/a/src" }), [1, 3]);
    assert.deepEqual(await ports({ project: "./link" }), [1, 3]);
    assert.deepEqual(await ports({ project: "work" }), [1, 2, 3, 4]);
    assert.deepEqual(await ports({ project: "work/b", profile: "claude" }), [2]);
    assert.deepEqual(await ports({ project: folder.at("other") }), []);
  });

  test("says so when there is nothing", async () => {
    using folder = new Folder();
    assert.equal(await show(folder, {}), `nothing in ${folder.at("pale/log")}\n`);
    assert.equal(await show(folder, { json: true }), "");
    write(folder, "log", [decisionOf()]);
    assert.equal(
      await show(folder, { denied: true }),
      `nothing denied in ${folder.at("pale/log")}\n`,
    );
    assert.notEqual(await show(folder, {}), `nothing in ${folder.at("pale/log")}\n`);
  });

  test("is in colour only when told so", async () => {
    using folder = new Folder();
    write(folder, "log", [denialOf()]);
    assert.match(await show(folder, { colour: true }), /\u001B\[31mdeny/u);
    assert.ok(!(await show(folder, {})).includes("\u001B"));
    assert.match(await show(folder, { colour: true, denied: true }), /^\u001B\[1mevil/u);
    assert.ok(!(await show(folder, { denied: true })).includes("\u001B"));
  });

  test("takes a number of lines", () => {
    assert.equal(readCount("0"), 0);
    assert.equal(readCount("120"), 120);
    for (const text of ["", "-1", "1.5", "many", "1e3", " 1"]) {
      assert.deepEqual(
        catchUserErrors(() => readCount(text)),
        [{ message: `\`--count\` does not take \`${text}\``, hint: "a number of lines" }],
      );
    }
  });
});

describe("pale log --follow", () => {
  test("prints what comes, also when the file is put aside, until it is told to end", async () => {
    using folder = new Folder();
    write(folder, "log", [decisionOf({ port: 1 }), decisionOf({ port: 2 })]);
    const controller = new AbortController();
    const printed: string[] = [];
    const following = show(
      folder,
      { follow: true, json: true, count: 1, signal: controller.signal },
      printed,
    );
    const seen = (count: number) => waitUntil(() => portsOf(printed).length === count);
    await seen(1);
    write(folder, "log", [decisionOf({ port: 3 })]);
    await seen(2);
    write(folder, "log", [decisionOf({ port: 4 })]);
    renameSync(folder.at("pale/log"), folder.at("pale/log.1"));
    write(folder, "log", [decisionOf({ port: 5 })]);
    await seen(4);
    write(folder, "log", [decisionOf({ port: 6, profile: "codex" })]);
    await seen(5);
    controller.abort();
    await following;
    assert.deepEqual(portsOf(printed), [2, 3, 4, 5, 6]);
  });

  test("waits for a log that is not there yet, and prints what is wanted only", async () => {
    using folder = new Folder();
    const controller = new AbortController();
    const printed: string[] = [];
    const { signal } = controller;
    const options = { follow: true, denied: true, profile: "codex", count: 50, signal };
    const following = show(folder, options, printed);
    await setTimeout(300);
    const wanted = denialOf({ profile: "codex", port: 7 });
    write(folder, "log", [denialOf(), decisionOf({ profile: "codex" }), wanted]);
    await waitUntil(() => printed.length > 0);
    controller.abort();
    await following;
    assert.deepEqual(printed, [endLines(describeEntries([wanted], PLAIN))]);
  });

  test("ends on an interrupt", { timeout: 60_000 }, async () => {
    using folder = new Folder();
    write(folder, "log", [decisionOf({ port: 1 })]);
    const script = join(import.meta.dirname, "follow-log.ts");
    const child = spawn(process.execPath, [script, folder.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const printed: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => printed.push(text));
    await waitUntil(() => printed.length > 0);
    write(folder, "log", [decisionOf({ port: 2 })]);
    await waitUntil(() => portsOf(printed).length === 2);
    assert.equal(child.exitCode, null);
    child.kill("SIGINT");
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.deepEqual({ code, signal }, { code: null, signal: "SIGINT" });
  });
});

function write(folder: Folder, name: string, entries: readonly LogEntry[]): void {
  folder.directory("pale");
  appendFileSync(folder.at(`pale/${name}`), entries.map(renderEntry).join(""));
}

async function show(
  folder: Folder,
  options: Partial<ShowOptions>,
  printed: string[] = [],
): Promise<string> {
  const invocation: Invocation = {
    environment: { HOME: folder.at("home"), XDG_STATE_HOME: folder.path },
    workingDirectory: folder.path,
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/opt/pale",
    print: (text) => printed.push(text),
  };
  await showLog(invocation, { count: 50, ...options });
  return printed.join("");
}

function endLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function portsOf(printed: readonly string[]): number[] {
  return [...printed.join("").matchAll(/"port":(\d+)/gu)].map(([, port]) => Number(port));
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setTimeout(10);
}
