import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { NOTICE_LIMITS, Notices, type Told } from "../../src/supervise/notices.ts";
import { decisionOf, denialOf } from "../log/entries.ts";

/** Notices, and a clock that goes only when it is told to. */
function start(isShown: () => boolean = () => true) {
  const shown: string[] = [];
  const pending: { at: number; act: () => void }[] = [];
  let time = 0;
  const clock = {
    now: () => time,
    after: (milliseconds: number, act: () => void) => {
      pending.push({ at: time + milliseconds, act });
    },
  };
  const show = (told: Told): boolean => {
    if (!isShown()) return false;
    shown.push(told.kind === "more" ? `and ${told.count} more` : told.decision.host);
    return true;
  };
  const notices = new Notices(show, clock);
  const pass = (milliseconds: number): void => {
    const end = time + milliseconds;
    for (;;) {
      const next = pending.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      pending.shift();
      time = next.at;
      next.act();
    }
    time = end;
  };
  const refuse = (...hosts: string[]): void => {
    for (const host of hosts) notices.tell(denialOf({ host }));
  };
  return { notices, shown, pass, refuse, pending };
}

const { windowMilliseconds: MINUTE, repeatMilliseconds: AGAIN, most: MOST } = NOTICE_LIMITS;

describe("notices", () => {
  test("are of what was refused, and of nothing else", () => {
    const { notices, shown } = start();
    notices.tell(decisionOf());
    notices.tell(denialOf({ verdict: "failed", reason: "unresolved" }));
    notices.tell(denialOf({ host: "", port: undefined, reason: "too-many-connections" }));
    assert.deepEqual(shown, []);
    notices.tell(denialOf());
    assert.deepEqual(shown, ["evil.test"]);
  });

  test("come once for a host, on whatever port, and again after a while", () => {
    const { notices, shown, pass, refuse } = start();
    refuse("a.test", "a.test");
    notices.tell(denialOf({ host: "a.test", port: 22, reason: "port-not-listed" }));
    pass(AGAIN - 1);
    refuse("a.test");
    assert.deepEqual(shown, ["a.test"]);
    pass(1);
    refuse("a.test");
    assert.deepEqual(shown, ["a.test", "a.test"]);
  });

  test("are few; how many more there were comes when there is room again", () => {
    const { shown, pass, refuse, pending } = start();
    const hosts = Array.from({ length: MOST + 12 }, (_, index) => `h${index}.test`);
    refuse(...hosts, ...hosts);
    assert.deepEqual(shown, hosts.slice(0, MOST));
    pass(MINUTE);
    assert.deepEqual(shown.slice(MOST), ["and 12 more"]);
    pass(AGAIN);
    assert.deepEqual([shown.length, pending.length], [MOST + 1, 0], "nothing more, no timer left");
  });

  test("that cannot be shown are counted until they can be", () => {
    let works = false;
    const { shown, pass, refuse } = start(() => works);
    refuse("a.test", "b.test");
    pass(5 * MINUTE);
    assert.deepEqual(shown, []);
    works = true;
    pass(MINUTE);
    assert.deepEqual(shown, ["and 2 more"]);
  });

  test("are never more than a few a minute, and none is forgotten", () => {
    const host = fc.integer({ min: 0, max: 40 }).map((number) => `h${number}.test`);
    const step = fc.record({ host, wait: fc.integer({ min: 0, max: MINUTE }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { shown, pass, refuse } = start();
        const times: number[] = [];
        let now = 0;
        for (const { host, wait } of steps) {
          const before = shown.length;
          refuse(host);
          for (let i = before; i < shown.length; i += 1) times.push(now);
          for (let gone = 0; gone < wait; gone += 1000) {
            const count = shown.length;
            pass(1000);
            now += 1000;
            for (let i = count; i < shown.length; i += 1) times.push(now);
          }
        }
        pass(AGAIN);
        times.forEach((time, index) => {
          const before = times[index - MOST];
          assert.ok(before === undefined || time - before >= MINUTE - 1000);
        });
        const told = shown.reduce(
          (sum, line) => sum + Number(/^and (\d+)/u.exec(line)?.[1] ?? 1),
          0,
        );
        assert.ok(told >= new Set(steps.map(({ host }) => host)).size);
      }),
      { numRuns: 50 },
    );
  });

  test("remember so many hosts and no more", () => {
    const { shown, refuse, pass } = start();
    refuse("first.test");
    pass(MINUTE);
    refuse(...Array.from({ length: NOTICE_LIMITS.mostHosts }, (_, index) => `h${index}.test`));
    pass(MINUTE);
    const before = shown.length;
    refuse("first.test");
    assert.equal(shown.length, before + 1, "it was forgotten");
  });
});
