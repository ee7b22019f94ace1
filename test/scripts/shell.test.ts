import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requireTool } from "../helpers/requires.ts";

const ROOT = join(import.meta.dirname, "../..");

test("every shell script and shim prototype passes shellcheck", (t) => {
  if (!requireTool(t, "shellcheck")) return;
  const files = ["scripts", "shims"].flatMap((directory) =>
    readdirSync(join(ROOT, directory))
      .filter((name) => name.endsWith(".sh"))
      .map((name) => join(directory, name)),
  );
  assert.ok(files.length >= 6);
  const { stdout, status } = spawnSync("shellcheck", ["--shell=sh", ...files], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});
