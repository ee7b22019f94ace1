import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { makeDesktop } from "../../src/supervise/desktop.ts";
import { type Errand, type ErrandEnd, makeErrands } from "../../src/supervise/errand.ts";
import { Folder } from "../helpers/folder.ts";
import { requireArchitecture, writeInit } from "../init/init.ts";
import { readProcess } from "../init/processes.ts";
import { until } from "../init/started.ts";
import { denialOf, WHO } from "../log/entries.ts";

const refusal = (host: string) => ({ kind: "refused", decision: denialOf({ host }) }) as const;

describe("a desktop", () => {
  test("that does not answer has one program waiting, and few notices behind it", async () => {
    const ends: ((end: ErrandEnd) => void)[] = [];
    const run = (): Promise<ErrandEnd> => new Promise((resolve) => void ends.push(resolve));
    const show = makeDesktop({ program: "/n", session: {}, whose: WHO, run });
    const shown = ["a.test", "b.test", "c.test", "d.test", "e.test"].map((host) => {
      return show(refusal(host));
    });
    assert.deepEqual([shown, ends.length], [[true, true, true, true, false], 1]);
    for (let round = 2; round <= 4; round += 1) {
      ends.at(-1)?.({ kind: "too-long" });
      await Promise.resolve();
      await until(
        () => `program ${round}`,
        () => ends.length === round,
      );
    }
  });

  test("gets its words behind `--`, and no variable but those of the bus", async () => {
    const errands: Errand[] = [];
    const run = async (errand: Errand): Promise<ErrandEnd> => {
      errands.push(errand);
      return { kind: "failed" };
    };
    const session = { XDG_RUNTIME_DIR: "/run/user/1", HOME: "/h", XAUTHORITY: "/x" };
    makeDesktop({ program: "/n", session, whose: WHO, run })(refusal("--help"));
    await until(
      () => "a program",
      () => errands.length === 1,
    );
    assert.deepEqual(errands[0]?.args.slice(0, 3), [
      "--app-name=pale",
      "--",
      "pale refused a host",
    ]);
    assert.deepEqual(errands[0]?.environment, { XDG_RUNTIME_DIR: "/run/user/1" });
  });
});

/** What notify-send makes of its body: `g_strcompress`. */
function compress(text: string): string {
  return text.replaceAll(/\\(?:([0-7]{1,3})|(.))/gsu, (_, octal?: string, sign = "") => {
    const named = NAMED[sign];
    return octal === undefined ? (named ?? sign) : String.fromCodePoint(parseInt(octal, 8));
  });
}

const NAMED: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

describe("notify-send", () => {
  test("makes no markup and no line out of a host's name", async () => {
    const errands: Errand[] = [];
    const run = async (errand: Errand): Promise<ErrandEnd> => {
      errands.push(errand);
      return { kind: "failed" };
    };
    const host = String.raw`\074a\040href=x\076\nallow\\074`;
    assert.match(compress(host), /^<a href=x>\nallow/u, "control");
    makeDesktop({ program: "/n", session: {}, whose: WHO, run })({
      kind: "refused",
      decision: denialOf({ host, reason: "malformed-name" }),
    });
    await until(
      () => "a program",
      () => errands.length === 1,
    );
    const body = compress(errands[0]?.args.at(-1) ?? "");
    assert.equal(body, `claude wanted ${host}:443\nno rule allows this`);
  });
});

describe("an errand", () => {
  for (const [what, script, expected] of [
    ["gives what it prints", "printf '%s' \"$A$1\"", "done"],
    ["that fails says so", "exit 3", "failed"],
    ["that prints too much is ended", "exec yes", "too-much"],
    [
      "that hangs is ended with all that it has started",
      'sleep 60 & echo $! >"$1"; wait',
      "too-long",
    ],
  ] as const) {
    test(what, async (context) => {
      const architecture = requireArchitecture(context);
      if (!architecture) return;
      using folder = new Folder();
      const file = folder.at("pid");
      const end = await makeErrands(writeInit(folder.path, architecture))({
        program: "/bin/sh",
        args: ["-c", script, "sh", file],
        environment: { A: "a" },
        milliseconds: expected === "too-long" ? 1500 : 30_000,
        mostBytes: 10_000,
      });
      assert.equal(end.kind, expected);
      if (end.kind === "done") assert.equal(end.output.toString(), `a${file}`);
      if (!existsSync(file)) return;
      const pid = Number(readFileSync(file, "utf8"));
      await until(
        () => `the end of ${pid}`,
        () => ["Z", undefined].includes(readProcess(pid)?.state),
      );
    });
  }
});
