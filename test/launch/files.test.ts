import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { locateFiles, writeFiles } from "../../src/launch/files.ts";
import { Folder } from "../helpers/folder.ts";
import { planOf } from "../helpers/plan.ts";

test("root's copy of the init program is run where there is one, else one is made in the cache", () => {
  using folder = new Folder();
  const own = { cache: folder.at("cache"), executable: "/opt/pale" };
  const made = locateFiles(planOf(), { ...own, init: undefined });
  writeFiles(made);
  assert.ok(made.files.init.startsWith(folder.at("cache/files/init-")));
  assert.equal(statSync(made.files.init).mode & 0o777, 0o700);
  const other = { ...own, cache: folder.at("other"), init: "/usr/local/lib/pale/init" };
  const installed = locateFiles(planOf(), other);
  writeFiles(installed);
  assert.equal(installed.files.init, "/usr/local/lib/pale/init");
  assert.deepEqual(
    installed.blobs.filter(({ path }) => path.includes("/init-")),
    [],
  );
  assert.ok(existsSync(installed.files.filter), "control");
});
