import assert from "node:assert/strict";
import { chmodSync, renameSync } from "node:fs";
import { describe, test } from "node:test";
import { readRootInit, ROOT_INIT } from "../../src/host/root-init.ts";
import { Folder } from "../helpers/folder.ts";

const IMAGE = Buffer.from("the init program");

function read(folder: Folder, owner = process.getuid?.() ?? 0) {
  return readRootInit(() => IMAGE, { root: folder.path, owner });
}

function install(folder: Folder, text = IMAGE.toString(), mode = 0o755): string {
  return folder.write(ROOT_INIT.slice(1), text, mode);
}

describe("root's copy of the init program", () => {
  test("is used when it is byte for byte this build's", () => {
    using folder = new Folder();
    assert.deepEqual(read(folder), { kind: "absent" });
    const path = install(folder);
    assert.deepEqual(read(folder), { kind: "usable", path });
    for (const text of ["the init Program", "the init program.", ""]) {
      install(folder, text);
      assert.deepEqual(read(folder), { kind: "another-build", path });
    }
  });

  test("is not compared where there is none", () => {
    using folder = new Folder();
    const fail = () => assert.fail("compared");
    assert.deepEqual(readRootInit(fail, { root: folder.path, owner: 0 }), { kind: "absent" });
  });

  test("is not used when somebody else could put another one there", () => {
    using folder = new Folder();
    const path = install(folder);
    assert.deepEqual(read(folder, 12_345), { kind: "untrusted", part: path });
    for (const part of [path, folder.at("usr/local"), folder.path]) {
      chmodSync(part, 0o775);
      assert.deepEqual(read(folder), { kind: "untrusted", part });
      chmodSync(part, 0o755);
    }
    assert.equal(read(folder).kind, "usable", "control");
    chmodSync(path, 0o700);
    assert.deepEqual(read(folder), { kind: "untrusted", part: path }, "root's alone to run");
  });

  test("is not used by way of a link", () => {
    using folder = new Folder();
    const path = install(folder);
    renameSync(path, `${path}.real`);
    folder.link(ROOT_INIT.slice(1), "init.real");
    assert.deepEqual(read(folder), { kind: "untrusted", part: path });
    renameSync(folder.at("usr/local"), folder.at("usr/elsewhere"));
    folder.link("usr/local", "elsewhere");
    assert.equal(read(folder).kind, "untrusted");
  });
});
