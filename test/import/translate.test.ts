import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { UserError, UserErrors } from "../../src/errors.ts";
import { detectFormat } from "../../src/import/format.ts";
import { FORMATS } from "../../src/import/formats.ts";
import type { Format } from "../../src/import/formats.ts";
import { renderDraft } from "../../src/import/render.ts";
import { noteShipped, translate } from "../../src/import/translate.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const PLACE = { home: "/home/ada", project: "/home/ada/project" };

const FOREIGN = join(import.meta.dirname, "foreign");

function importText(text: string, format: Format): string {
  return renderDraft(translate({ name: "f", text }, format, PLACE), "f");
}

const importDocument = (document: unknown, format: Format = "srt") =>
  importText(JSON.stringify(document), format);

/** The lines that are no comments. */
function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

const notesOf = (text: string) => text.split("\n").filter((line) => line.startsWith("# - "));

describe("files of other sandboxes", () => {
  const files: [name: string, format: Format][] = [
    ["srt.json", "srt"],
    ["fence.jsonc", "fence"],
    ["redoubtful.toml", "redoubtful"],
    ["agent-sandbox.toml", "agent-sandbox"],
  ];
  for (const [name, format] of files) {
    const text = readFileSync(join(FOREIGN, name), "utf8");
    test(`${name} is known for what it is, and becomes what it always became`, () => {
      assert.equal(detectFormat({ name, text }), format);
      const expected = readFileSync(join(FOREIGN, `${name}.expected`), "utf8");
      assert.equal(importText(text, format), expected);
      compileConfiguration([...BUILTIN_PROFILES, { name, text: expected }]);
    });
  }

  test("that could be anything are not guessed at", () => {
    const rows = ["{}", "", '[profile.x]\ncommand = ["x"]\n', "ro = []\n[profile.x]\nuses = []\n"];
    for (const text of rows) {
      assert.deepEqual(
        catchUserErrors(() => detectFormat({ name: "f", text })),
        [
          {
            message: "cannot tell which format `f` has",
            hint: "say so: --format NAME, one of agent-sandbox, redoubtful, fence, srt",
          },
        ],
      );
    }
  });

  test("that are broken are said to be", () => {
    for (const [text, message] of [
      ["{", /^not valid JSON: /u],
      ["a = ", /^not valid TOML: /u],
      ['{"network": {"allowedDomains": "x"}}', /^`network\.allowedDomains` must be a list/u],
    ] as const) {
      const [error] = catchUserErrors(() => {
        const format = detectFormat({ name: "f", text });
        importText(text, format);
      });
      assert.match(error?.message ?? "", message);
    }
  });
});

describe("what is translated is never wider", () => {
  test("without `.` the project is read-only", () => {
    const text = importDocument({ filesystem: { allowWrite: ["src"] } });
    assert.ok(text.includes('{ host = "/home/ada/project", access = "ro" }'), text);
    assert.ok(text.includes('{ host = "/home/ada/project/src", access = "rw", optional = true }'));
  });

  test("no hosts is no network, and so is a denied everything", () => {
    for (const network of [
      {},
      { allowedDomains: [] },
      { allowedDomains: ["a.example"], deniedDomains: ["*"] },
    ]) {
      const lines = linesOf(importDocument({ network }));
      assert.ok(lines.includes('network = "none"'));
      assert.ok(!lines.some((line) => line.startsWith("allow")));
    }
    const control = importDocument({ network: { allowedDomains: ["a.example"] } });
    assert.ok(linesOf(control).includes('network = "filtered"'));
  });

  test("a denied port takes the hosts with it", () => {
    const network = { allowedDomains: ["a.example:22", "b.example:443"], deniedDomains: ["*:22"] };
    const lines = linesOf(importDocument({ network }));
    assert.ok(!lines.join().includes("a.example"));
    assert.ok(lines.includes('  "b.example:443",'));
  });

  test("a hidden home means that only what is named is there", () => {
    const rules = { denyRead: ["/home"], allowRead: [".", "~/data"], allowWrite: ["."] };
    const lines = linesOf(importDocument({ filesystem: rules }));
    assert.ok(lines.includes('mode = "allowlist"'));
    assert.ok(lines.includes('  { host = "~/data", access = "ro", optional = true },'));
  });

  test("what cannot be denied is the first thing that is read", () => {
    const text = importDocument({ filesystem: { denyRead: ["**/.env"], allowWrite: ["."] } });
    assert.match(text, /\n# LESS STRICT than before.*\n# - filesystem\.denyRead \*\*\/\.env: /u);
  });

  test("a profile that pale ships under the same name is mentioned", () => {
    const draft = translate({ name: "f", text: "[profile.pi]\n" }, "redoubtful", PLACE);
    noteShipped(draft, ["pi"]);
    assert.match(renderDraft(draft, "f"), /LESS STRICT.*\n# - profile\.pi: pale ships/u);
  });
});

describe("nothing is left out without a word", () => {
  /** Whatever a file may hold; some of it right, most of it not. */
  const word = fc.oneof(
    fc.constantFrom("~/x", "./y", ".", "/", "a.example", "*.b.example:443", "*", "A=b", "~/s.sock"),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  const value = fc.oneof(
    fc.array(word, { maxLength: 3 }),
    fc.boolean(),
    fc.integer(),
    fc.array(fc.dictionary(fc.constantFrom("host", "name", "value", "host_port"), word), {
      maxLength: 2,
    }),
  );
  const keys: Record<Format, string[]> = {
    srt: ["allowedDomains", "deniedDomains", "allowRead", "denyRead", "allowWrite", "denyWrite"],
    fence: ["allowedDomains", "deniedDomains", "allowRead", "denyRead", "allowWrite", "denyWrite"],
    redoubtful: ["uses", "mounts", "path_add", "forwards", "env", "proxies", "public_web"],
    "agent-sandbox": ["ro", "rw", "mask", "setenv", "command", "whitelist", "unshare-net"],
  };
  const documents = (format: Format) => {
    const key = fc.oneof(fc.constantFrom(...keys[format]), fc.string({ maxLength: 4 }));
    const table = fc.dictionary(key, value, { noNullPrototype: true });
    return format === "srt" || format === "fence"
      ? fc.record({ network: table, filesystem: table, other: value })
      : fc.record({ profile: fc.dictionary(fc.constantFrom("a", "b c"), table), other: value });
  };

  test("of two mounts on one place the last is kept, and the other one is noted", () => {
    const imported = importText('[profile.a]\nro = ["~/x"]\nmask = ["~/x/"]\n', "agent-sandbox");
    assert.match(imported, /\{ host = "~\/x\/?", access = "mask", optional = true \}/u);
    assert.doesNotMatch(imported, /^ *\{ host = "~\/x\/?", access = "ro"/mu);
    assert.match(imported, /another one is mounted over it/u);
  });

  for (const format of FORMATS) {
    test(`whatever the file of ${format} holds, what is printed compiles`, async () => {
      const { stringify } = await import("smol-toml");
      fc.assert(
        fc.property(documents(format), (document) => {
          const isJson = format === "srt" || format === "fence";
          const text = isJson ? JSON.stringify(document) : stringify(document);
          const imported = attempt(() => importText(text, format));
          if (imported === undefined) return;
          assert.ok(notesOf(imported).some((line) => line.startsWith("# - other = ")));
          const errors = attempt(() => compileConfiguration([{ name: "c", text: imported }]));
          assert.notEqual(errors, undefined, imported);
        }),
        { numRuns: 300 },
      );
    });
  }
});

/** `undefined` where a user is told what is wrong; profiles that are not there are the user's own. */
function attempt<T>(act: () => T): T | string | undefined {
  try {
    return act();
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error];
    if (!errors.every((each) => each instanceof UserError)) throw error;
    return errors.every(({ message }) => /^unknown profile|in a circle/u.test(message))
      ? "unknown profile"
      : undefined;
  }
}
