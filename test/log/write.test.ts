import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Decision } from "../../src/proxy/context.ts";
import { readLog } from "../../src/log/follow.ts";
import { type Log, type LogLimits, openLog } from "../../src/log/write.ts";
import { Folder } from "../helpers/folder.ts";
import { TIME, WHO } from "./entries.ts";

const NEVER = 1_000_000;
const DECISION: Decision = {
  time: TIME,
  door: "tls",
  host: "api.example.com",
  port: 443,
  verdict: "allow",
  rule: "*.example.com",
  address: "93.184.216.34",
};

describe("openLog", () => {
  test("writes decisions and events, each with whose they are", () => {
    using folder = new Folder();
    const log = open(folder);
    assert.ok(!existsSync(folder.at("pale")));
    log.appendEvent({ event: "started" });
    log.appendDecision(DECISION);
    log.appendEvent({ event: "reload", problem: "no" });
    log.close();
    const who = `"sandbox":"4711-k3f9","profile":"claude","project":"/home/ada/project"`;
    const now = "1970-01-01T00:00:01.000Z";
    assert.equal(
      readFileSync(folder.at("pale/log"), "utf8"),
      `{"time":"${now}",${who},"event":"started"}\n` +
        `{"time":"${TIME}",${who},"door":"tls","host":"api.example.com","port":443,"verdict":"allow","rule":"*.example.com","address":"93.184.216.34"}\n` +
        `{"time":"${now}",${who},"event":"reload","problem":"no"}\n`,
    );
  });

  test("says of every line that the session is there to learn", () => {
    using folder = new Folder();
    const log = open(folder, { learn: true });
    log.appendEvent({ event: "started" });
    log.appendDecision(DECISION);
    log.close();
    assert.deepEqual(
      readLog(folder.at("pale/log")).map(({ learn }) => learn),
      [true, true],
    );
  });

  test("writes so many lines, and then how many are missing", () => {
    using folder = new Folder();
    let time = 1000;
    const log = open(folder, { now: () => time });
    for (let line = 0; line < 100_000; line += 1) log.appendDecision(DECISION);
    log.appendEvent({ event: "fault", message: "one too many as well" });
    log.appendEvent({ event: "reload" });
    time += 100;
    for (let line = 0; line < 10; line += 1) log.appendDecision(DECISION);
    log.close();
    assert.deepEqual(summarize(folder), [
      "allow 5",
      "suppressed 1",
      "reload",
      "allow 2",
      "suppressed 100003",
    ]);
  });

  test("says how many are missing after a while, and begins anew", async () => {
    using folder = new Folder();
    const log = open(folder, { limits: { reportMilliseconds: 20 } });
    for (let line = 0; line < 7; line += 1) log.appendDecision(DECISION);
    await waitUntil(() => summarize(folder).length === 3);
    log.appendDecision(DECISION);
    await waitUntil(() => summarize(folder).length === 4);
    log.close();
    const once = "suppressed 1";
    assert.deepEqual(summarize(folder), ["allow 5", once, once, once]);
  });

  test("does not throw when nothing can be written, and says later what is missing", async () => {
    using folder = new Folder();
    folder.write("pale", "a file in place of the directory");
    const log = open(folder, { limits: { reportMilliseconds: 20 } });
    log.appendEvent({ event: "started" });
    log.appendDecision(DECISION);
    await setTimeout(60);
    rmSync(folder.at("pale"));
    log.appendDecision(DECISION);
    await waitUntil(() => summarize(folder).length === 2);
    log.close();
    assert.deepEqual(summarize(folder), ["allow 1", "suppressed 2"]);
  });

  test("does not throw when the disk is full, nor in the end", () => {
    const log = openLog({ ...WHO, file: "/dev/full", learn: false });
    log.appendDecision(DECISION);
    log.appendEvent({ event: "ended" });
    log.close();
  });

  test("puts the file aside when it is too large", () => {
    using folder = new Folder();
    const log = open(folder, { limits: { burst: 100, mostBytes: 2000 } });
    for (let line = 0; line < 20; line += 1) log.appendDecision(DECISION);
    log.close();
    const { length } = readFileSync(folder.at("pale/log.1"));
    assert.ok(length > 1500 && length <= 2000, String(length));
    assert.ok(readFileSync(folder.at("pale/log")).length <= 2000);
  });
});

type Changes = { learn?: boolean; now?: () => number; limits?: Partial<LogLimits> };

/** Five lines and then twenty a second; the clock stands. */
function open(folder: Folder, { learn = false, now = () => 1000, limits }: Changes = {}): Log {
  return openLog({
    ...WHO,
    file: folder.at("pale/log"),
    learn,
    now,
    limits: { burst: 5, perSecond: 20, reportMilliseconds: NEVER, ...limits },
  });
}

/** Lines that are alike counted. */
function summarize(folder: Folder): string[] {
  const runs: [string, number][] = [];
  for (const entry of readLog(folder.at("pale/log"))) {
    const name = "event" in entry ? entry.event : entry.verdict;
    const last = runs.at(-1);
    if ("event" in entry && entry.event === "suppressed") runs.push([name, entry.count]);
    else if (last && last[0] === name) last[1] += 1;
    else runs.push([name, "event" in entry ? 0 : 1]);
  }
  return runs.map(([name, count]) => (count > 0 ? `${name} ${count}` : name));
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setTimeout(5);
}
