import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { run } from "./started.ts";
import { EMULATED, SANDBOXED, shell } from "./ways.ts";

/** What it refuses before it has entered anything; test/sandbox/exec.test.ts has the rest. */
describe("enter", () => {
  for (const way of [SANDBOXED, EMULATED]) {
    const refusals: [string, (self: Self) => string[], string][] = [
      [
        "a process that is not there",
        ({ filter }) => ["4194303", "1", filter],
        "the sandbox has ended",
      ],
      [
        "another process with its number",
        ({ pid, filter }) => [pid, "1", filter],
        "the sandbox has ended",
      ],
      [
        "a start that only begins alike",
        ({ pid, start, filter }) => [pid, start.slice(0, -1), filter],
        "the sandbox has ended",
      ],
      [
        "a process that is in no sandbox",
        ({ pid, start, filter }) => [pid, start, filter],
        `this is no sandbox: ${process.pid}`,
      ],
      [
        "a filter that is not there",
        ({ pid, start }) => [pid, start, "/missing"],
        "cannot read /missing",
      ],
      ["a filter that is none", ({ pid, start, odd }) => [pid, start, odd], "cannot read "],
    ];
    for (const [title, name, expected] of refusals) {
      test(`refuses ${title}, ${way.title}`, (context) => {
        const chain = way.prepare(context);
        if (!chain) return;
        const rendered = chain.render(shell(""));
        const words = name(readSelf(chain.folder));
        const command = [
          ...rendered.slice(0, rendered.indexOf("outer")),
          "enter",
          ...words,
          "/",
          "--",
          "true",
        ];
        const { code, stdout, stderr } = run(command);
        assert.deepEqual([code, stdout.toString()], [125, ""]);
        assert.ok(stderr.startsWith(`pale: ${expected}`), stderr);
      });
    }

    for (const words of [
      ["1", "2", "/filter", "/", "true", "x"],
      ["1", "2", "/filter", "/", "--"],
    ]) {
      test(`refuses a wrong call: ${words.join(" ")}, ${way.title}`, (context) => {
        const chain = way.prepare(context);
        if (!chain) return;
        const rendered = chain.render(shell(""));
        const { code, stderr } = run([
          ...rendered.slice(0, rendered.indexOf("outer")),
          "enter",
          ...words,
        ]);
        assert.equal(code, 125);
        assert.equal(stderr, "pale: the init program was called in a wrong way\n");
      });
    }
  }
});

type Self = { pid: string; start: string; filter: string; odd: string };

function readSelf(folder: string): Self {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  const [filter, odd] = [`${folder}/filter`, `${folder}/odd`];
  writeFileSync(filter, Buffer.alloc(8));
  writeFileSync(odd, Buffer.alloc(9));
  return { pid: String(process.pid), start, filter, odd };
}
