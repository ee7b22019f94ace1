import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { describe, test } from "node:test";
import { requireTool } from "../helpers/requires.ts";
import { run } from "./started.ts";
import { PLAIN, type Program, shell, type Way } from "./ways.ts";

/** What goes through the chain unchanged, whatever the way. */
export function testPassing(way: Way): void {
  describe(`exit codes, ${way.title}`, () => {
    for (const code of [0, 1, 7, 125, 126, 127, 128, 200, 255]) {
      test(`${code} passes`, (context) => {
        const chain = way.prepare(context);
        if (chain) assert.equal(run(chain.render(shell(`exit ${code}`))).code, code);
      });
    }

    for (const signal of DEADLY) {
      test(`death by ${signal} is 128 and its number`, (context) => {
        const chain = way.prepare(context);
        if (!chain) return;
        const number = constants.signals[`SIG${signal}`];
        assert.equal(run(chain.render(shell(`kill -${number} $$`))).code, 128 + number);
      });
    }
  });

  describe(`what cannot be run, ${way.title}`, () => {
    for (const { title, name, code } of CANNOT_RUN) {
      // The control is bash, which tells this one case apart from the others.
      if (way === PLAIN && name === "data/x") continue;
      test(`${title}: ${code}`, (context) => {
        const chain = way.prepare(context);
        if (!chain) return;
        makeCandidates(chain.folder);
        const path = `${chain.folder}/${name}`;
        const { code: actual, stderr } = run(chain.render({ path, name: "x", args: [] }));
        assert.equal(actual, code);
        if (way !== PLAIN) assert.equal(stderr, `pale: cannot run ${path}\n`);
      });
    }

    test("the control: what can be run is run", (context) => {
      const chain = way.prepare(context);
      if (!chain) return;
      makeCandidates(chain.folder);
      const program = { path: `${chain.folder}/script`, name: "x", args: [] };
      assert.equal(run(chain.render(program)).code, 6);
    });
  });

  describe(`arguments and environment, ${way.title}`, () => {
    test("arrive byte by byte, the program's name too", (context) => {
      const chain = way.prepare(context);
      if (!chain || !requireTool(context, "bash")) return;
      const args = ["a b", "", "line\nline", "--", "$HOME", "'", '"\\', "\u00e9", "end"];
      const script =
        'cat "/proc/$$/cmdline"; printf "\\n--\\n"; tr "\\0" "\\n" <"/proc/$$/environ"';
      const program: Program = {
        path: "/bin/sh",
        name: "a name",
        args: ["-c", script, "sh", ...args],
      };
      const { code, stdout } = run(passRaw(chain.render(program)));
      const [commandLine = "", environment = ""] = stdout.toString("latin1").split("\n--\n");
      const expected = Buffer.from(["a name", "-c", script, "sh", ...args].join("\0"));
      assert.equal(code, 0);
      assert.equal(commandLine, `${expected.toString("latin1")}\0a\xff\xfe\nb\0`);
      assert.ok(environment.split("\n").includes("RAW=\xff x \xfe"), environment);
      assert.ok(environment.split("\n").includes("EMPTY="), environment);
    });

    test("standard input and output are the caller's", (context) => {
      const chain = way.prepare(context);
      if (!chain) return;
      const { stdout, stderr } = run(chain.render(shell("cat; echo error >&2")), "some\0input");
      assert.deepEqual(
        { stdout: stdout.toString(), stderr },
        { stdout: "some\0input", stderr: "error\n" },
      );
    });
  });

  testDispositions(way);
}

const DEADLY = ["HUP", "INT", "QUIT", "KILL", "SEGV", "PIPE", "TERM", "USR1", "SYS"] as const;

const CANNOT_RUN = [
  { title: "a missing program", name: "missing", code: 127 },
  { title: "a path through a file", name: "data/x", code: 127 },
  { title: "a dangling link", name: "dangling", code: 127 },
  { title: "a file that is not executable", name: "data", code: 126 },
  { title: "a folder", name: "folder", code: 126 },
];

function makeCandidates(folder: string): void {
  writeFileSync(`${folder}/data`, "no program\n");
  writeFileSync(`${folder}/script`, "#!/bin/sh\nexit 6\n");
  chmodSync(`${folder}/script`, 0o755);
  mkdirSync(`${folder}/folder`);
  symlinkSync(`${folder}/missing`, `${folder}/dangling`);
}

function testDispositions(way: Way): void {
  describe(`dispositions and mask, ${way.title}`, () => {
    const sets: { title: string; ignored: number[]; blocked: number[] }[] = [
      { title: "nothing", ignored: [], blocked: [] },
      { title: "what nohup does", ignored: [1], blocked: [] },
      { title: "what a shell does to `command &`", ignored: [2, 3], blocked: [] },
      { title: "children, which nobody can wait for then", ignored: [17], blocked: [17] },
      { title: "the terminal's", ignored: [20, 21, 22, 28], blocked: [20, 28] },
      { title: "many", ignored: [1, 10, 12, 15, 30, 34, 60], blocked: [1, 12, 15, 18, 29, 34, 61] },
    ];
    for (const { title, ignored, blocked } of sets) {
      test(`are the caller's: ${title}`, (context) => {
        const chain = way.prepare(context);
        const python = requireTool(context, "python3");
        if (!chain || !python) return;
        const sets = [ignored.join(","), blocked.join(",")];
        const words = chain.render(STATUS);
        const { code, stdout } = run([python, "-c", SETS, ...sets, ...words]);
        assert.deepEqual({ code, ...readSets(stdout.toString()) }, { code: 0, ignored, blocked });
      });
    }
  });
}

/** Sets dispositions and the mask, and becomes the command. */
const SETS = `
import os, signal, sys
ignored, blocked = ([int(n) for n in s.split(",") if n] for s in sys.argv[1:3])
for n in [signal.SIGPIPE, signal.SIGXFSZ]: signal.signal(n, signal.SIG_DFL)
for n in ignored: signal.signal(n, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
os.execv(sys.argv[3], sys.argv[3:])
`;

/** Not by a shell, which handles some and unblocks all. */
const STATUS: Program = {
  path: "/bin/grep",
  name: "grep",
  args: ["-E", "^Sig(Blk|Ign):", "/proc/self/status"],
};

export function readSets(status: string): { ignored: number[]; blocked: number[] } {
  const read = (name: string) => {
    const set = BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)$`, "mu").exec(status)?.[1] ?? ""}`);
    return Array.from({ length: 64 }, (_, bit) => bit + 1).filter(
      (signal) => (set >> BigInt(signal - 1)) & 1n,
    );
  };
  return { ignored: read("SigIgn"), blocked: read("SigBlk") };
}

/** What no JavaScript string can say: an argument and a variable that are not UTF-8. */
function passRaw(words: readonly string[]): string[] {
  const script = `export EMPTY= RAW=$'\\xff x \\xfe'; exec "$@" $'a\\xff\\xfe\\nb'`;
  return ["bash", "-c", script, "bash", ...words];
}
