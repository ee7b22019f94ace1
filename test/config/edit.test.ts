import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addToList } from "../../src/config/edit.ts";
import { EXAMPLE_CONFIGURATION } from "../../src/config/example.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

type Row = { what: string; table?: string[]; value?: string; before: string; after: string };

const CLAUDE = ["profile", "claude"];

function check({ what, table = [], value = "new", before, after }: Row): void {
  test(what, () => {
    const edited = addToList({ name: "f", text: before }, { table, key: "allow" }, value);
    assert.equal(edited.text, after);
    assert.equal(edited.kind, "added");
    assert.match(after.split("\n")[edited.line - 1] ?? "", /new/u);
    const again = addToList({ name: "f", text: after }, { table, key: "allow" }, value);
    assert.deepEqual(again, { kind: "present", text: after, line: edited.line });
  });
}

describe("addToList adds to an array on one line", () => {
  const rows: [string, string, string][] = [
    ["with one element", `allow = ["a"]`, `allow = ["a", "new"]`],
    ["with several", `allow = ["a", "b"] # c\n`, `allow = ["a", "b", "new"] # c\n`],
    ["without blanks", `allow=["a","b"]\n`, `allow=["a","b","new"]\n`],
    ["with blanks in brackets", `allow = [ "a",  "b" ]\n`, `allow = [ "a",  "b",  "new" ]\n`],
    ["with a trailing comma", `allow = ["a", "b",]\n`, `allow = ["a", "b", "new",]\n`],
    ["with a trailing comma, spaced", `allow = [ "a", ]\n`, `allow = [ "a", "new", ]\n`],
    ["in single quotes", `allow = ['a', 'b']\n`, `allow = ['a', 'b', 'new']\n`],
    ["that is empty", "allow = []\n", `allow = ["new"]\n`],
    ["that is empty but for a blank", "allow = [ ]\n", `allow = [ "new" ]\n`],
    ["that is empty, by the quotes of the file", "a = 'x'\nallow = []", "a = 'x'\nallow = ['new']"],
    ["with brackets and # in it", `allow = ["]#,", ']#\\']\n`, `allow = ["]#,", ']#\\', 'new']\n`],
    [
      "after a long string",
      `a = """\nallow = [] # "\n"""\nallow = ["a"]\n`,
      `a = """\nallow = [] # "\n"""\nallow = ["a", "new"]\n`,
    ],
    ["with a quoted key", `"allow" = ["a"]\n`, `"allow" = ["a", "new"]\n`],
    [
      "with an escape in its key",
      String.raw`"\u0061llow" = ["a"]`,
      String.raw`"\u0061llow" = ["a", "new"]`,
    ],
    ["after a byte order mark", `\uFEFFallow = ["a"]\n`, `\uFEFFallow = ["a", "new"]\n`],
  ];
  for (const [what, before, after] of rows) check({ what, before, after });

  check({
    what: "with what has to be escaped",
    value: `"new'\\\u007F`,
    before: `allow = ['a']\n`,
    after: `allow = ['a', "\\"new'\\\\\\u007F"]\n`,
  });
});

describe("addToList adds to an array of several lines", () => {
  const rows: [string, string, string][] = [
    [
      "with a trailing comma",
      `allow = [\n  "a",\n  "b",\n]\n`,
      `allow = [\n  "a",\n  "b",\n  "new",\n]\n`,
    ],
    ["without one", `allow = [\n  "a",\n  "b"\n]\n`, `allow = [\n  "a",\n  "b",\n  "new"\n]\n`],
    ["with CR LF", `allow = [\r\n\t'a',\r\n]\r\n`, `allow = [\r\n\t'a',\r\n\t'new',\r\n]\r\n`],
    [
      "with CR LF, without a trailing comma",
      `allow = [\r\n  "a" # b\r\n]`,
      `allow = [\r\n  "a", # b\r\n  "new"\r\n]`,
    ],
    [
      "with comments after elements",
      `allow = [\n  "a", # "x",\n  "b" # ]\n]\n`,
      `allow = [\n  "a", # "x",\n  "b", # ]\n  "new"\n]\n`,
    ],
    [
      "with comments before the bracket",
      `allow = [\n  "a",\n  # "b",\n]\n`,
      `allow = [\n  "a",\n  "new",\n  # "b",\n]\n`,
    ],
    [
      "with a comma on a line of its own",
      `allow = [\n  "a" # b\n  ,\n]\n`,
      `allow = [\n  "a" # b\n  ,\n  "new",\n]\n`,
    ],
    [
      "that begins on the line of the key",
      `  allow = ["a",\n]\n`,
      `  allow = ["a",\n    "new",\n]\n`,
    ],
    [
      "that ends on the line of an element",
      `allow = ["a", # x\n         "b"]\n`,
      `allow = ["a", # x\n         "b",\n         "new"]\n`,
    ],
    [
      "that ends so, with CR LF",
      `allow = ["a",\r\n  "b"]\r\n`,
      `allow = ["a",\r\n  "b",\r\n  "new"]\r\n`,
    ],
    [
      "with several elements on a line",
      `allow = [\n  "a", "b",\n  "c", "d",\n]\n`,
      `allow = [\n  "a", "b",\n  "c", "d",\n  "new",\n]\n`,
    ],
    ["that is empty", `allow = [\n]\n`, `allow = [\n  "new",\n]\n`],
    [
      "that holds comments only",
      `allow = [ # x\n    # "a",\n]\n`,
      `allow = [ # x\n    # "a",\n    "new",\n]\n`,
    ],
    [
      "that holds one comment, with CR LF",
      `allow = [ # x\r\n]\r\n`,
      `allow = [ # x\r\n  "new",\r\n]\r\n`,
    ],
    [
      "with a long string in it",
      `allow = [\n"""a\n]""",\n]\n`,
      `allow = [\n"""a\n]""",\n"new",\n]\n`,
    ],
  ];
  for (const [what, before, after] of rows) check({ what, before, after });
});

describe("addToList makes a list", () => {
  const rows: [string, string, string][] = [
    ["in an empty file", "", `allow = ["new"]\n`],
    ["in one that is nothing but a byte order mark", "\uFEFF", `\uFEFFallow = ["new"]\n`],
    [
      "below the last key of the top",
      `a = 1\nb = [\n] # c\n\n# d\n[e]\n`,
      `a = 1\nb = [\n] # c\nallow = ["new"]\n\n# d\n[e]\n`,
    ],
    ["below a key with no end of line", `a = 1`, `a = 1\nallow = ["new"]\n`],
    ["below a key with CR LF", `a = 1\r\n[b]\r\n`, `a = 1\r\nallow = ["new"]\r\n[b]\r\n`],
    ["before the first header", `[a]\nb = 1\n`, `allow = ["new"]\n\n[a]\nb = 1\n`],
    ["before its comment", `# of a\n[a]\n`, `allow = ["new"]\n\n# of a\n[a]\n`],
    [
      "below the comment of the file",
      `# file\n\n# of a\n[a]\n`,
      `# file\n\nallow = ["new"]\n\n# of a\n[a]\n`,
    ],
    ["below a comment that is all", `# file`, `# file\n\nallow = ["new"]\n`],
    [
      "at the top, after a byte order mark",
      `\uFEFF[a]\r\n`,
      `\uFEFFallow = ["new"]\r\n\r\n[a]\r\n`,
    ],
    ["before a header below blank lines", `\n\n[a]\n`, `allow = ["new"]\n\n\n[a]\n`],
    [
      "not where only an inner table has it",
      `x = { allow = ["a"] }\n`,
      `x = { allow = ["a"] }\nallow = ["new"]\n`,
    ],
  ];
  for (const [what, before, after] of rows) check({ what, before, after });

  test("in the file that `pale init` writes, where no header in a comment is above it", () => {
    const source = { name: "f", text: EXAMPLE_CONFIGURATION };
    const { text, line } = addToList(source, { table: [], key: "allow" }, "new");
    const above = text.split("\n").slice(0, line - 1);
    assert.equal(text.split("\n")[line - 1], `allow = ["new"]`);
    assert.ok(above.every((each) => !/^# ?\[/u.test(each)));
    assert.ok(
      EXAMPLE_CONFIGURATION.split("\n").some((each) => /^# ?\[/u.test(each)),
      "control",
    );
  });
});

describe("addToList makes a list in a table", () => {
  const rows: [string, string, string][] = [
    [
      "below its last key",
      `[profile.claude]\na = 1 # b\n\n# c\n[d]\n`,
      `[profile.claude]\na = 1 # b\nallow = ["new"]\n\n# c\n[d]\n`,
    ],
    [
      "with the indentation of its keys",
      `[profile.claude]\n\ta = 1\n`,
      `[profile.claude]\n\ta = 1\n\tallow = ["new"]\n`,
    ],
    [
      "that has no keys",
      `[ profile . "claude" ] # a\n\n[b]\n`,
      `[ profile . "claude" ] # a\nallow = ["new"]\n\n[b]\n`,
    ],
    [
      "that has no keys and no end of line",
      `[profile.claude]`,
      `[profile.claude]\nallow = ["new"]\n`,
    ],
    ["that is not there", `a = 1\n`, `a = 1\n\n[profile.claude]\nallow = ["new"]\n`],
    [
      "that is not there, after a blank line",
      `a = 1\n\n`,
      `a = 1\n\n[profile.claude]\nallow = ["new"]\n`,
    ],
    ["that is not there, in an empty file", ``, `[profile.claude]\nallow = ["new"]\n`],
    [
      "that is not there, with CR LF",
      `a = 1\r\n[b]`,
      `a = 1\r\n[b]\r\n\r\n[profile.claude]\r\nallow = ["new"]\r\n`,
    ],
    [
      "that only deeper ones make",
      `[profile.claude.env]\nset = {}\n`,
      `[profile.claude.env]\nset = {}\n\n[profile.claude]\nallow = ["new"]\n`,
    ],
    [
      "made by a dotted key",
      `profile.claude.a = 1\nb = 2\n[c]\n`,
      `profile.claude.a = 1\nprofile.claude.allow = ["new"]\nb = 2\n[c]\n`,
    ],
    [
      "made by a dotted key of another",
      `[profile]\n  claude.a = 1\n`,
      `[profile]\n  claude.a = 1\n  claude.allow = ["new"]\n`,
    ],
    [
      "written inline",
      `[profile]\nclaude = { a = 1 }\n`,
      `[profile]\nclaude = { a = 1, allow = ["new"] }\n`,
    ],
    ["written inline and empty", `profile.claude = {}\n`, `profile.claude = { allow = ["new"] }\n`],
    [
      "missing in one written inline",
      `profile = { pi = { a = 1 } }\n`,
      `profile = { pi = { a = 1 }, claude.allow = ["new"] }\n`,
    ],
    [
      "with tables in lists below it",
      `[[profile.claude.mounts]]\na = 1\n`,
      `[[profile.claude.mounts]]\na = 1\n\n[profile.claude]\nallow = ["new"]\n`,
    ],
  ];
  for (const [what, before, after] of rows) check({ what, table: CLAUDE, before, after });

  const found: [string, string, string][] = [
    [
      "by a header",
      `allow = ["a"]\n[profile.claude]\nallow = []\n[z]\nallow = []\n`,
      `allow = ["a"]\n[profile.claude]\nallow = ["new"]\n[z]\nallow = []\n`,
    ],
    ["by a dotted key", `profile.claude.allow = ["a"]\n`, `profile.claude.allow = ["a", "new"]\n`],
    [
      "in an inline table",
      `profile = { claude = { allow = [ ] } }\n`,
      `profile = { claude = { allow = [ "new" ] } }\n`,
    ],
    [
      "in an inline table of several lines",
      `[profile]\nclaude = {\n  allow = [], # a\n}\n`,
      `[profile]\nclaude = {\n  allow = ["new"], # a\n}\n`,
    ],
  ];
  for (const [what, before, after] of found) {
    check({ what: `and finds one ${what}`, table: CLAUDE, before, after });
  }

  const paths: [string, string][] = [
    ["/home/ada/a b", `[project."/home/ada/a b"]`],
    [`/a"b\\c`, String.raw`[project."/a\"b\\c"]`],
    ["plain-name", "[project.plain-name]"],
    ["", `[project.""]`],
    ["__proto__", "[project.__proto__]"],
  ];
  for (const [path, header] of paths) {
    const table = ["project", path];
    check({
      what: `for the project \`${path}\``,
      table,
      before: "",
      after: `${header}\nallow = ["new"]\n`,
    });
    check({
      what: `and finds that of the project \`${path}\``,
      table,
      before: `${header}\nallow = ["a"]\n[x]\n`,
      after: `${header}\nallow = ["a", "new"]\n[x]\n`,
    });
  }
});

describe("addToList refuses, and says what to add by hand,", () => {
  const rows: [string, string, string[], string, string][] = [
    [
      "where the key is no list",
      "\nallow = 1\n",
      [],
      "f:2",
      `add by hand, before the first [table]: allow = ["new"]`,
    ],
    [
      "where the table is none",
      "a = 1\nprofile = 1\n",
      CLAUDE,
      "f:2",
      `add by hand at the end: [profile.claude] and below it allow = ["new"]`,
    ],
    [
      "where there are several tables",
      "[[profile.claude]]\n",
      CLAUDE,
      "f:1",
      `add by hand at the end: [profile.claude] and below it allow = ["new"]`,
    ],
  ];
  for (const [what, text, table, origin, hint] of rows) {
    test(what, () => {
      const place = table.length === 0 ? "the top level" : "[profile.claude]";
      assert.deepEqual(
        catchUserErrors(() => addToList({ name: "f", text }, { table, key: "allow" }, "new")),
        [{ message: `pale cannot add to \`allow\` of ${place} as it is written`, origin, hint }],
      );
    });
  }

  test("where what comes out would not be what was meant", () => {
    const add = (value: string) => {
      return addToList({ name: "f", text: "" }, { table: [], key: "allow" }, value);
    };
    assert.equal(add("\u{1F600}").kind, "added", "control: a whole character");
    const [error] = catchUserErrors(() => add("\uD83D"));
    assert.equal(error?.message, "pale cannot add to `allow` of the top level as it is written");
  });
});
