import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { NixOption } from "../../scripts/generate-nix-options.ts";
import { NIX_PAGE, renderNixPage } from "../../scripts/generate-nix-options.ts";
import { requireStore } from "./store.ts";

const TREE = join(import.meta.dirname, "../..");

const FILES = [
  "flake.nix",
  ...["nix", "test/nix"].flatMap((directory) => {
    const names = readdirSync(join(TREE, directory), { recursive: true, encoding: "utf8" });
    return names.filter((name) => name.endsWith(".nix")).map((name) => join(directory, name));
  }),
];

describe("every Nix file", () => {
  test("parses, and uses no variable that is not there", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const { status, stderr } = store.run(["nix-instantiate", "--parse", ...FILES]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  test("is written as nixfmt would, as far as that can be told without it", () => {
    for (const name of FILES) {
      const text = readFileSync(join(TREE, name), "utf8");
      assert.match(text, /[^\n]\n$/u, `${name}: one newline at the end`);
      assert.doesNotMatch(text, /\t|[ ]+$|\n\n\n/mu, `${name}: no tabs, no blanks at line ends`);
      assert.doesNotMatch(
        text.replaceAll(/#.*/gu, ""),
        /\bwith\s+\w+;/u,
        `${name}: no \`with\`, which hides what is not there`,
      );
    }
  });
});

describe("the table of docs/nix.md", () => {
  test("is what the modules declare, both the same", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const options = store.evaluate("options", "home-manager") as NixOption[];
    assert.deepEqual(store.evaluate("options", "nixos"), options);
    const page = readFileSync(NIX_PAGE, "utf8");
    assert.equal(page, renderNixPage(page, options), "npx bun scripts/generate-nix-options.ts");
  });
});
