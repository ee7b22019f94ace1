import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { BUILTIN_PROFILES } from "../src/config/builtin.ts";
import { compileConfiguration } from "../src/config/compile.ts";
import { EXAMPLE_CONFIGURATION } from "../src/config/example.ts";
import { configurationFile } from "../src/config/schema.ts";
import { GIT_NAMES, PROJECT_NAMES, WORKTREE_NAMES } from "../src/plan/protected.ts";
import { WIDENING } from "../src/config/tighten.ts";
import { RUN_OPTIONS } from "../src/commands/run-options.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

describe("the documentation", () => {
  for (const page of PAGES) {
    test(`${page} links only to what is there`, () => {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/gu)].map(
        ([, link]) => link ?? "",
      );
      const missing = links.filter((link) => !existsSync(join(ROOT, dirname(page), link)));
      assert.deepEqual(missing, []);
    });

    test(`${page} was merged to its end`, () => {
      assert.doesNotMatch(read(page), /^(?:<{7} |={7}$|>{7} |> > > > )/mu);
    });

    test(`${page} has only valid TOML examples`, () => {
      for (const [, text] of read(page).matchAll(/```toml\n([\s\S]*?)```/gu)) {
        compileConfiguration([...BUILTIN_PROFILES, { name: page, text: text ?? "" }]);
      }
    });
  }

  test("the example configuration is valid with every comment sign taken away", () => {
    const lines = EXAMPLE_CONFIGURATION.split("\n");
    const examples = lines.filter((line) => /^# (?:\[|\S+ = |  |\])/u.test(line));
    assert.ok(examples.length > 10);
    compileConfiguration([
      { name: "builtin", text: "[profile.claude]\n" },
      { name: "example", text: examples.map((line) => line.slice(2)).join("\n") },
    ]);
  });

  test("names every key of the schema and every flag", () => {
    const page = read("docs/configuration.md");
    const keys = Object.keys(configurationFile.shape).filter(
      (key) => !["env", "profile", "project"].includes(key),
    );
    for (const key of keys) assert.match(page, new RegExp(`\`${key}[\`.]`, "u"), key);
    const inside = read("docs/how-it-works.md");
    for (const { name, isHidden = false } of RUN_OPTIONS.filter(({ name }) => name !== "help")) {
      assert.ok((isHidden ? inside : page).includes(`--${name}`), name);
    }
  });

  test("names every path of a project that stays as it is", () => {
    const [, section = ""] = read("docs/configuration.md").split("## What stays as it is");
    for (const { name } of [...PROJECT_NAMES, ...GIT_NAMES, ...WORKTREE_NAMES])
      assert.ok(section.includes(`\`${name.replace(".claude/", "")}\``), name);
  });

  test("names every key that a project's file is refused", () => {
    const page = read("docs/project-file.md");
    for (const key of Object.values(WIDENING).filter((each) => each !== "arguments"))
      assert.ok(page.includes(`\`${key}\``), key);
  });

  test("names only tests that are there as the ones that hold a promise", () => {
    const named = [...read("docs/security.md").matchAll(/test\/[\w/.-]+/gu)].map(([path]) => path);
    assert.ok(named.length > 10);
    const missing = named.filter(
      (path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, `${path}.test.ts`)),
    );
    assert.deepEqual(missing, []);
  });
});
