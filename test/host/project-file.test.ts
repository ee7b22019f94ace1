import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { describe, test } from "node:test";
import { readProjectFile } from "../../src/host/project-file.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool, skip } from "../helpers/requires.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const hint = "mend it, or leave it out: pale run --no-project-file";

function problemOf(folder: Folder): string {
  const [error, ...others] = catchUserErrors(() => readProjectFile(folder.path));
  assert.deepEqual(others, []);
  assert.equal(error?.origin, folder.at(".pale.toml"));
  assert.equal(error?.hint, hint);
  return error?.message ?? "";
}

describe("readProjectFile", () => {
  test("reads the text as it is, to the last byte that may be there", () => {
    using folder = new Folder();
    assert.equal(readProjectFile(folder.path), undefined);
    const text = `# é\n${"x".repeat(65_536 - 5)}`;
    const name = folder.write(".pale.toml", text);
    assert.deepEqual(readProjectFile(folder.path), { name, text });
    folder.write(".pale.toml", `${text}x`);
    assert.equal(problemOf(folder), "the project's `.pale.toml` is larger than 65536 bytes");
  });

  test("follows no link, not even to a file that is fine", () => {
    using folder = new Folder();
    folder.write("other.toml", "");
    folder.link(".pale.toml", "other.toml");
    assert.equal(problemOf(folder), "the project's `.pale.toml` is a link");
  });

  test("waits for no pipe, and reads no directory or device", (t) => {
    if (!requireTool(t, "mkfifo")) return;
    using folder = new Folder();
    spawnSync("mkfifo", [folder.at(".pale.toml")]);
    assert.equal(problemOf(folder), "the project's `.pale.toml` is not a regular file");
    using other = new Folder();
    other.directory(".pale.toml");
    assert.equal(problemOf(other), "the project's `.pale.toml` is not a regular file");
  });

  test("takes one that cannot be read for no less than one that can", (t) => {
    if (process.getuid?.() === 0) {
      skip(t, "root reads everything");
      return;
    }
    using folder = new Folder();
    chmodSync(folder.write(".pale.toml", "x"), 0);
    assert.equal(problemOf(folder), "the project's `.pale.toml` cannot be read (EACCES)");
  });

  test("takes nothing but UTF-8: another text could have the same look", () => {
    using folder = new Folder();
    spawnSync("sh", ["-c", `printf 'a\\377' > '${folder.at(".pale.toml")}'`]);
    assert.equal(problemOf(folder), "the project's `.pale.toml` is not UTF-8");
  });
});
