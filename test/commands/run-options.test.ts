import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import {
  describeRunOptions,
  parseRunArguments,
  RUN_OPTIONS,
} from "../../src/commands/run-options.ts";
import type { RunArguments } from "../../src/commands/run-options.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";
import type { Shown } from "../helpers/user-errors.ts";

/** Options as `name=value` words, the command as it is. */
function parse(line: string | readonly string[]): { options: string[]; command: string[] } {
  const argv = typeof line === "string" ? line.split(" ").filter(Boolean) : line;
  return sketch(parseRunArguments(argv));
}

function sketch({ options, command }: RunArguments) {
  return { options: options.map(({ name, value }) => `${name}=${value}`), command };
}

describe("parseRunArguments", () => {
  const rows: [string, string[], string[]][] = [
    ["", [], []],
    ["claude", [], ["claude"]],
    ["claude --help -e X", [], ["claude", "--help", "-e", "X"]],
    ["-- claude", [], ["claude"]],
    ["--", [], []],
    ["-- --profile x", [], ["--profile", "x"]],
    ["-- -- x", [], ["--", "x"]],
    ["claude -- x", [], ["claude", "--", "x"]],
    ["- x", [], ["-", "x"]],
    ["--profile work claude", ["profile=work"], ["claude"]],
    ["--profile=work claude", ["profile=work"], ["claude"]],
    ["--profile work -- claude --profile x", ["profile=work"], ["claude", "--profile", "x"]],
    ["-e A -e B=1 -eC claude -e D", ["env=A", "env=B=1", "env=C"], ["claude", "-e", "D"]],
    ["-u a -m /x:/y:rw -p ~/bin sh", ["uses=a", "mount=/x:/y:rw", "path-add=~/bin"], ["sh"]],
    ["--ro=-dash sh", ["ro=-dash"], ["sh"]],
    ["--env A= sh", ["env=A="], ["sh"]],
    ["--env A=--b=c sh", ["env=A=--b=c"], ["sh"]],
    ["--no-seccomp --seccomp sh", ["no-seccomp=", "seccomp="], ["sh"]],
    ["--dry-run sh", ["dry-run="], ["sh"]],
    ["--dry-run=json sh", ["dry-run=json"], ["sh"]],
    ["--dry-run json", ["dry-run="], ["json"]],
    ["--help", ["help="], []],
    ["-h claude", ["help="], ["claude"]],
    ["--profile a --profile b sh", ["profile=a", "profile=b"], ["sh"]],
  ];
  for (const [line, options, command] of rows) {
    test(`reads \`${line}\``, () => assert.deepEqual(parse(line), { options, command }));
  }

  test("reads words with blanks, and empty ones of the command", () => {
    const { options, command } = parse(["-e", "A=b c", "--ro", "/two words", "sh", "", "a b", ""]);
    assert.deepEqual(options, ["env=A=b c", "ro=/two words"]);
    assert.deepEqual(command, ["sh", "", "a b", ""]);
  });

  test("takes an empty command for a command", () => {
    assert.deepEqual(parse([""]), { options: [], command: [""] });
    assert.deepEqual(parse(["--", ""]), { options: [], command: [""] });
  });

  test("never reads an option of the command, whatever it is", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "--",
        "-",
        "-e",
        "--profile",
        "--help",
        "--no-seccomp",
        "--dry-run=json",
        "-hx",
      ),
      fc.constantFrom(...RUN_OPTIONS.map(({ name }) => `--${name}`)),
      fc.string(),
    );
    const option = fc.constantFrom(["-e", "A"], ["-eA"], ["--seccomp"], ["--profile=x"], ["-h"]);
    const name = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("-"));
    fc.assert(
      fc.property(
        fc.array(option),
        fc.boolean(),
        name,
        fc.array(word),
        (before, ended, ...rest) => {
          const [first, after] = rest;
          const command = [first, ...after];
          const argv = [...before.flat(), ...(ended ? ["--"] : []), ...command];
          const parsed = parseRunArguments(argv);
          assert.equal(parsed.options.length, before.length);
          assert.deepEqual(parsed.command, command);
        },
      ),
    );
  });
});

describe("a command line is refused", () => {
  const help = "see `pale run --help`";
  const rows: [string | string[], Shown][] = [
    [
      "--porfile x sh",
      { message: "unknown option `--porfile`", hint: "did you mean `--profile`?" },
    ],
    [
      "--no-secomp sh",
      { message: "unknown option `--no-secomp`", hint: "did you mean `--no-seccomp`?" },
    ],
    ["--dryrun sh", { message: "unknown option `--dryrun`", hint: "did you mean `--dry-run`?" }],
    ["--unrelated-thing sh", { message: "unknown option `--unrelated-thing`", hint: help }],
    ["--constructor sh", { message: "unknown option `--constructor`", hint: help }],
    ["--__proto__=x sh", { message: "unknown option `--__proto__`", hint: help }],
    ["-x sh", { message: "unknown option `-x`", hint: help }],
    ["-hx sh", { message: "unknown option `-x`", hint: help }],
    ["-E A sh", { message: "unknown option `-E`", hint: help }],
    ["--seccomp=no sh", { message: "`--seccomp` takes no value", hint: help }],
    ["--help=x", { message: "`--help` takes no value", hint: help }],
    ["--profile", { message: "`--profile` needs a value", hint: "--profile NAME" }],
    ["--profile -- claude", { message: "`--profile` needs a value", hint: "--profile NAME" }],
    ["--profile --no-seccomp sh", { message: "`--profile` needs a value", hint: "--profile NAME" }],
    ["-e", { message: "`-e` needs a value", hint: "-e NAME[=VALUE]" }],
    ["-e -- sh", { message: "`-e` needs a value", hint: "-e NAME[=VALUE]" }],
    ["--rw= sh", { message: "`--rw` needs a value", hint: "--rw PATH" }],
    [["--rw", "", "sh"], { message: "`--rw` needs a value", hint: "--rw PATH" }],
    [["--path-add", "", "sh"], { message: "`--path-add` needs a value", hint: "--path-add DIR" }],
    [["--project", "", "sh"], { message: "`--project` needs a value", hint: "--project DIR" }],
  ];
  for (const [line, error] of rows) {
    test(`that says \`${[line].flat().join(" ")}\``, () => {
      assert.deepEqual(
        catchUserErrors(() => parse(line)),
        [error],
      );
    });
  }
});

test("the help names every option but those for shims, its short form and its value", () => {
  const lines = describeRunOptions().split("\n");
  for (const { name, short, value, help, isHidden = false } of RUN_OPTIONS) {
    const line = lines.find((each) => each.includes(` --${name}`) && each.endsWith(help));
    if (isHidden) {
      assert.equal(line, undefined, name);
      continue;
    }
    assert.ok(line, name);
    assert.equal(line.startsWith(short === undefined ? "      --" : `  -${short}, --`), true);
    if (value !== undefined) assert.ok(line.includes(value));
    assert.ok(line.length <= 100, line);
  }
});

test("the help goes on below itself on a terminal", () => {
  const lines = describeRunOptions(80).split("\n");
  for (const line of lines) assert.ok(line.length <= 80, line);
  const words = (text: string) => text.split(/\s+/u);
  assert.deepEqual(words(lines.join(" ")), words(describeRunOptions()));
});
