import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { findPathChanges } from "../../src/shim/path-changers.ts";
import { appendBlock, takeBlock } from "../../src/shim/startup-block.ts";

const COMMAND = 'eval "$(/opt/pale shellenv bash)"';
const START = "# >>> pale >>>";
const END = "# <<< pale <<<";

const take = (text: string) => {
  const taken = takeBlock(text);
  return taken.kind === "taken" ? taken.text : taken;
};

describe("appendBlock and takeBlock", () => {
  test("the block is between its marks, with what removal has to know", () => {
    assert.equal(
      appendBlock("a", COMMAND),
      `a
# >>> pale >>>
# Keep this last: it puts the shims first on PATH. Out: \`pale teardown\`.
# The line above had no newline at its end.
${COMMAND}
# <<< pale <<<
`,
    );
  });

  const rows: [what: string, text: string | undefined][] = [
    ["no file", undefined],
    ["an empty file", ""],
    ["lines", "a\nb\n"],
    ["no final newline", "a\nb"],
    ["CRLF", "a\r\nb\r\n"],
    ["CRLF without a final newline", "a\r\nb"],
    ["a final carriage return", "a\r"],
    ["blank lines at the end", "a\n\n\n"],
    ["another encoding", "caf\u00E9 \u00FF\n"],
  ];
  for (const [what, text] of rows) {
    test(`come back to ${what}`, () => {
      assert.equal(take(appendBlock(text, COMMAND)), text);
    });
  }

  test("come back to any text without marks", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "\r", "#", " ") }), (text) => {
        assert.equal(take(appendBlock(text, COMMAND)), text);
      }),
    );
  });

  test("a text without a block stays", () => {
    assert.deepEqual(takeBlock("a\n"), { kind: "taken", text: "a\n", hadBlock: false });
  });

  test("what came after the block stays on a line of its own", () => {
    assert.equal(take(`${appendBlock("a", COMMAND)}b\n`), "a\nb\n");
    assert.equal(take(`${appendBlock(undefined, COMMAND)}b\n`), "b\n");
  });

  test("a block that an editor gave other line ends, and several of them, are taken out", () => {
    const text = appendBlock("a\n", COMMAND);
    assert.equal(take(text.replaceAll("\n", "\r\n")), "a\r\n");
    assert.equal(take(appendBlock(text, COMMAND)), "a\n");
  });

  test("half a block is not guessed at", () => {
    assert.deepEqual(take(`a\n${START}\nb\n`), { kind: "damaged", line: 2 });
    assert.deepEqual(take(`a\n${END}\nb\n`), { kind: "damaged", line: 2 });
    assert.deepEqual(take(`${START}\n${START}\n${END}\n`), { kind: "damaged", line: 1 });
  });

  test("a command in another script than latin is written as UTF-8", () => {
    const text = appendBlock("", "/opt/ü/pale");
    assert.ok(Buffer.from(text, "latin1").toString("utf8").includes("\n/opt/ü/pale\n"));
  });
});

describe("findPathChanges", () => {
  const hooks = [
    'eval "$(direnv hook bash)"',
    'eval "$(mise activate bash)"',
    'eval "$(mise activate bash --shims)"',
    '. "$HOME/.asdf/asdf.sh"',
    '[ -s "$NVM_DIR/nvm.sh" ] && . "$NVM_DIR/nvm.sh"',
    'export PATH="$HOME/bin:$PATH"',
    "fish_add_path ~/bin",
    "set -gx PATH ~/bin $PATH",
    "path=(~/bin $path)",
  ].join("\n");
  const name = (text: string) => findPathChanges(text).map(({ line, what }) => `${line} ${what}`);

  test("after the block: every line that changes PATH", () => {
    const whats = ["direnv", "mise", "mise", "asdf", "nvm", "PATH", "PATH", "PATH", "PATH"];
    const text = appendBlock("", COMMAND);
    const offset = text.split("\n").length;
    assert.deepEqual(
      name(text + hooks),
      whats.map((what, index) => `${index + offset} ${what}`),
    );
  });

  test("before the block: only what acts at every prompt", () => {
    assert.deepEqual(name(appendBlock(hooks, COMMAND)), ["1 direnv", "2 mise"]);
  });

  test("not a comment, and not another variable", () => {
    assert.deepEqual(
      name('# eval "$(direnv hook bash)"\nMANPATH=/x\nset -x CDPATH /x\nGOPATH=/x\n'),
      [],
    );
  });
});
