import assert from "node:assert/strict";
import { chmodSync, rmSync } from "node:fs";
import { describe, test } from "node:test";
import { renderShims } from "../../src/shim/render.ts";
import { findBrokenShims } from "../../src/shim/broken-shims.ts";
import { Folder } from "../helpers/folder.ts";

const REQUEST = { name: "claude", profile: "claude", arguments: ["it's", "a b"] };

/** Both files, with a plan, as `pale shims` writes them; each examined as what it should be. */
function place(folder: Folder, directory = "opt", path = `${directory}/pale`) {
  const pale = folder.write(path, "", 0o755);
  const plan = { hash: "0".repeat(64), path: folder.at("it's a/plan.json") };
  for (const { name, text } of renderShims({ ...REQUEST, pale, plan })) {
    folder.write(name, text, 0o755);
  }
  const find = () => {
    const broken = findBrokenShims(folder.path, REQUEST);
    return ["claude", "claude-raw"].map(
      (name) => broken.find((each) => each.name === name)?.reason,
    );
  };
  return { pale, find };
}

describe("what is wrong with a shim's file", () => {
  for (const directory of ["opt", "it's a place"]) {
    test(`nothing, as it was written for a pale in ${directory}`, () => {
      using folder = new Folder();
      const { pale, find } = place(folder, directory);
      assert.deepEqual(find(), [undefined, undefined]);
      rmSync(pale);
      const reason = `starts ${pale}, which is not there`;
      assert.deepEqual(find(), [reason, reason]);
    });
  }

  test("that it is not there, not executable, or another file or a link", () => {
    using folder = new Folder();
    const { find } = place(folder);
    chmodSync(folder.at("claude"), 0o644);
    rmSync(folder.at("claude-raw"));
    assert.deepEqual(find(), ["is not executable", "is not there"]);
    folder.link("claude-raw", "/bin/true");
    rmSync(folder.at("claude"));
    folder.write("claude", "#!/bin/sh\nexec /opt/claude\n", 0o755);
    assert.deepEqual(find(), ["is no shim of pale", "is no shim of pale"]);
  });

  test("that it is the other one, or was edited", () => {
    using folder = new Folder();
    const { pale, find } = place(folder);
    const [shim, raw] = renderShims({ ...REQUEST, pale });
    folder.write("claude", raw!.text);
    folder.write("claude-raw", shim!.text.replace("claude 'it", "claude --yolo 'it"));
    const other = "is not what `pale shims` writes";
    assert.deepEqual(find(), [other, other]);
  });
});
