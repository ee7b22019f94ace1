import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findShims } from "../../src/shim/find-shims.ts";
import { renderShims } from "../../src/shim/render.ts";
import { Folder } from "../helpers/folder.ts";

function place(folder: Folder, directory: string, name: string): void {
  for (const { name: file, text } of renderShims({ name, pale: "/pale" })) {
    folder.write(`${directory}/${file}`, text, 0o755);
  }
}

describe("findShims", () => {
  test("finds pale's own first, wherever they are on PATH", () => {
    using folder = new Folder();
    place(folder, "own", "claude");
    place(folder, "other", "codex");
    const directory = folder.at("own");
    const path = `/usr/bin:${directory}:${folder.at("other")}`;
    assert.deepEqual(findShims(directory, path), {
      directory,
      owner: "pale",
      names: ["claude"],
      position: 1,
    });
  });

  test("finds those that a package manager has put among other programs", () => {
    using folder = new Folder();
    place(folder, "profile", "claude");
    folder.write("profile/ls", "#!/bin/sh\n", 0o755);
    folder.directory("own");
    const directory = folder.at("profile");
    const names = ["claude"];
    const owner = "package";
    const find = (path: string) => findShims(folder.at("own"), path);
    assert.deepEqual(find(`${folder.at("none")}:${directory}`), {
      directory,
      owner,
      names,
      position: 0,
    });
    folder.write("first/claude", "#!/bin/sh\n", 0o755);
    const passed = { directory, owner, names, position: 1 };
    assert.deepEqual(find(`${folder.at("first")}:${directory}`), passed);
  });

  test("finds none where there are none", () => {
    using folder = new Folder();
    const none = { directory: folder.at("own"), owner: "pale", names: [], position: -1 };
    assert.deepEqual(findShims(folder.at("own"), "/usr/bin::relative"), none);
  });
});
