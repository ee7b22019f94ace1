import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireTool } from "../helpers/requires.ts";
import { listLine, type Process, readProcess } from "./processes.ts";
import { Started, until } from "./started.ts";
import { type Program, shell, type Way } from "./ways.ts";

/**
 * Signals that processes send, without a terminal. All of it is the same without pale: the one that
 * was started is then the agent itself.
 */
export function testSignals(way: Way): void {
  describe(`a signal, ${way.title}`, () => {
    for (const signal of SIGNALS) {
      for (const to of ["process", "group"] as const) {
        test(`${signal} to the ${to} reaches the agent once`, async (context) => {
          const chain = way.prepare(context);
          const reporter = makeReporter(requireTool(context, "python3"));
          if (!chain || !reporter) return;
          using started = new Started(chain.render(reporter));
          await started.says(1, "ready");
          send(started, to, signal);
          await started.says(1, String(signal));
          send(started, to, LAST);
          await started.says(1, String(LAST));
          assert.deepEqual(started.lines, ["ready", String(signal), String(LAST)]);
        });
      }
    }

    test("reaches the agent as often as it was sent", async (context) => {
      const chain = way.prepare(context);
      const reporter = makeReporter(requireTool(context, "python3"));
      if (!chain || !reporter) return;
      using started = new Started(chain.render(reporter));
      await started.says(1, "ready");
      const expected = ["ready"];
      for (let round = 0; round < 60; round += 1) {
        const signal = [1, 2, 15, 10, 30, 34, 60][round % 7] ?? 1;
        send(started, round % 3 === 0 ? "group" : "process", signal);
        expected.push(String(signal));
        await started.says(
          expected.filter((line) => line === String(signal)).length,
          String(signal),
        );
      }
      send(started, "process", LAST);
      await started.says(1, String(LAST));
      assert.deepEqual(started.lines, [...expected, String(LAST)]);
    });

    for (const signal of [1, 2, 3, 15]) {
      test(`${signal} runs the agent's trap, whose exit code counts`, async (context) => {
        const chain = way.prepare(context);
        if (!chain) return;
        using started = new Started(chain.render(trap(signal, "echo trapped; exit 42")));
        await started.says(1, "ready");
        started.signal(signal);
        assert.equal(await started.ends(), 42);
        assert.deepEqual(started.lines, ["ready", "trapped"]);
      });

      for (const to of ["process", "group"] as const) {
        test(`${signal} to the ${to} ends an agent that does nothing about it`, async (context) => {
          const chain = way.prepare(context);
          if (!chain) return;
          using started = new Started(chain.render(trap(12, "")));
          await started.says(1, "ready");
          send(started, to, signal);
          assert.equal(await started.ends(), 128 + signal);
        });
      }
    }

    test("that the agent sends to its group reaches it once", async (context) => {
      const chain = way.prepare(context);
      const reporter = makeReporter(requireTool(context, "python3"));
      if (!chain || !reporter) return;
      using started = new Started(chain.render(reporter));
      await started.says(1, "ready");
      send(started, "process", TO_GROUP);
      await started.says(1, "15");
      send(started, "process", LAST);
      await started.says(1, String(LAST));
      assert.deepEqual(started.lines, ["ready", "15", String(LAST)]);
    });
  });

  describe(`stopping, ${way.title}`, () => {
    test("is the agent's and the started one's, and so is going on", async (context) => {
      const chain = way.prepare(context);
      const reporter = makeReporter(requireTool(context, "python3"));
      if (!chain || !reporter) return;
      using started = new Started(chain.render(reporter));
      await started.says(1, "ready");
      for (let round = 1; round <= 10; round += 1) {
        send(started, "process", TO_STOP);
        await started.stops();
        assert.equal(agentOf(started).state, "T");
        send(started, round % 2 === 0 ? "group" : "process", CONT);
        await started.says(round, String(CONT));
        await started.goesOn();
      }
      await isAlive(started);
      assert.equal(started.lines.filter((line) => line === String(CONT)).length, 10);
    });

    test("of the group by SIGSTOP ends when the group goes on, at once", async (context) => {
      const chain = way.prepare(context);
      const reporter = makeReporter(requireTool(context, "python3"));
      if (!chain || !reporter) return;
      using started = new Started(chain.render(reporter));
      await started.says(1, "ready");
      for (let round = 1; round <= 200; round += 1) {
        started.signalGroup(STOP);
        if (round % 2 === 0) await sleep(round % 10);
        started.signalGroup(CONT);
        if (round % 3 === 0) await sleep(round % 7);
      }
      // An old message about a stop must not stop it again.
      await sleep(300);
      await started.goesOn();
      await until(
        () => "the agent goes on",
        () => agentOf(started).state !== "T",
      );
      await isAlive(started);
    });

    test("does not keep SIGTERM from ending it", async (context) => {
      const chain = way.prepare(context);
      const reporter = makeReporter(requireTool(context, "python3"));
      if (!chain || !reporter) return;
      using started = new Started(chain.render(reporter));
      await started.says(1, "ready");
      send(started, "process", TO_STOP);
      await started.stops();
      // This is what a shell's `kill %1` does.
      started.signalGroup(15);
      started.signalGroup(CONT);
      await started.says(1, "15");
      send(started, "process", LAST);
      await started.says(1, String(LAST));
      assert.equal(started.lines.filter((line) => line === "15").length, 1);
    });
  });
}

const CONT = 18;
const STOP = 19;

/** What the reporter does something else about: end the test, stop itself, signal its group. */
const LAST = 12;
const TO_STOP = 27;
const TO_GROUP = 26;

/** Of every kind: terminal, fault, default ignored, above SIGIO and real-time. */
const SIGNALS = [1, 2, 3, 6, 7, 13, 15, 16, 18, 20, 21, 23, 24, 28, 29, 30, 31, 34, 45, 60];

/** Reports each signal as a line, in the order of arrival. */
const REPORTER = `
import os, signal, time
def report(number, frame):
    if number == ${TO_STOP}: return os.kill(os.getpid(), signal.SIGSTOP)
    if number == ${TO_GROUP}: return os.killpg(0, signal.SIGTERM)
    os.write(1, b"%d\\n" % number)
for number in range(1, 65):
    if number not in (9, 11, 17, 19, 32, 33): signal.signal(number, report)
os.write(1, b"ready\\n")
while True: time.sleep(0.05)
`;

function makeReporter(python: string | undefined): Program | undefined {
  return python === undefined
    ? undefined
    : { path: python, name: "python3", args: ["-c", REPORTER] };
}

function trap(signal: number, commands: string): Program {
  return shell(`trap '${commands}' ${signal}; echo ready; while :; do sleep 0.05; done`);
}

/** The last of the line that begins with what was started. */
function agentOf(started: Started): Process {
  const agent = readProcess(listLine(started.pid).at(-1) ?? 0);
  if (!agent) throw new Error("there is no agent");
  return agent;
}

async function isAlive(started: Started): Promise<void> {
  started.signal(LAST);
  await started.says(1, String(LAST));
}

function send(started: Started, to: "process" | "group", signal: number): void {
  if (to === "group") started.signalGroup(signal);
  else started.signal(signal);
}
