import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { installShims } from "../../src/shim/install.ts";
import { renderShims } from "../../src/shim/render.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const shimsOf = (...names: string[]) =>
  names.flatMap((name) => renderShims({ name, pale: "/opt/pale" }));

describe("installShims", () => {
  test("writes what is missing, then finds it unchanged", () => {
    using folder = new Folder();
    const directory = folder.at("deep/shims");
    const names = ["claude", "claude-raw", "pi", "pi-raw"];
    const first = installShims(directory, shimsOf("claude", "pi"));
    assert.deepEqual(first, { written: names, unchanged: [], removed: [] });
    assert.deepEqual(readdirSync(directory).sort(), names);
    for (const { name, text } of shimsOf("claude", "pi")) {
      assert.equal(readFileSync(join(directory, name), "utf8"), text);
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o755);
    }
    const before = names.map((name) => statSync(join(directory, name)).ino);
    const second = installShims(directory, shimsOf("claude", "pi"));
    assert.deepEqual(second, { written: [], unchanged: names, removed: [] });
    assert.deepEqual(
      names.map((name) => statSync(join(directory, name)).ino),
      before,
    );
  });

  test("refuses a directory that PATH cannot name", () => {
    using folder = new Folder();
    const directory = folder.at("a:b/shims");
    assert.deepEqual(
      catchUserErrors(() => installShims(directory, shimsOf("claude"))),
      [
        {
          message: `\`${directory}\` has a colon, so it cannot be on PATH`,
          hint: "set XDG_DATA_HOME to a directory without one",
        },
      ],
    );
    assert.equal(existsSync(directory), false);
    assert.deepEqual(installShims(directory, []).removed, [], "nor is anything kept there");
  });

  test("writes executable files whatever the umask", () => {
    using folder = new Folder();
    const before = process.umask(0o077);
    try {
      installShims(folder.path, shimsOf("claude"));
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(folder.at("claude")).mode & 0o777, 0o755);
  });

  test("mends a shim that was changed, or is not executable any more", () => {
    using folder = new Folder();
    installShims(folder.path, shimsOf("claude"));
    chmodSync(folder.at("claude"), 0o644);
    folder.write("claude-raw", "#!/bin/sh\n# pale shim, of another version\n", 0o755);
    const { written } = installShims(folder.path, shimsOf("claude"));
    assert.deepEqual(written, ["claude", "claude-raw"]);
    assert.equal(statSync(folder.at("claude")).mode & 0o777, 0o755);
  });

  test("writes beside and renames, so that a shim is never half there", () => {
    using folder = new Folder();
    folder.write("claude", "#!/bin/sh\n# pale shim\n", 0o755);
    const before = statSync(folder.at("claude")).ino;
    installShims(folder.path, shimsOf("claude"));
    assert.notEqual(statSync(folder.at("claude")).ino, before);
    assert.deepEqual(readdirSync(folder.path).sort(), ["claude", "claude-raw"]);
  });

  test("removes shims that are not wanted any more, and only those", () => {
    using folder = new Folder();
    installShims(folder.path, shimsOf("claude", "old"));
    folder.write("notes.txt", "mine");
    folder.write("tool", "#!/bin/sh\necho mine\n", 0o755);
    folder.directory("directory");
    folder.link("dangling", "/nowhere");
    folder.link("link", "old");
    const { removed, unchanged } = installShims(folder.path, shimsOf("claude"));
    assert.deepEqual(removed.sort(), ["old", "old-raw"]);
    assert.deepEqual(unchanged, ["claude", "claude-raw"]);
    const left = ["claude", "claude-raw", "dangling", "directory", "link", "notes.txt", "tool"];
    assert.deepEqual(readdirSync(folder.path).sort(), left);
  });
});

describe("a file that is not a shim is never overwritten", () => {
  test("when it is a program", () => {
    using folder = new Folder();
    folder.write("claude", "#!/bin/sh\necho mine\n", 0o755);
    refuse(folder);
  });

  test("when it is empty", () => {
    using folder = new Folder();
    folder.write("claude", "");
    refuse(folder);
  });

  test("when it is a directory", () => {
    using folder = new Folder();
    folder.directory("claude");
    refuse(folder);
  });

  test("when it is a link to nowhere", () => {
    using folder = new Folder();
    folder.link("claude", "/nowhere");
    refuse(folder);
    assert.equal(readlinkSync(folder.at("claude")), "/nowhere");
  });

  test("when it is a link, though it lead to a shim", () => {
    using folder = new Folder();
    using other = new Folder();
    const shim = other.write("shim", "#!/bin/sh\n# pale shim\n", 0o755);
    folder.link("claude", shim);
    refuse(folder);
    assert.equal(readFileSync(shim, "utf8"), "#!/bin/sh\n# pale shim\n");
  });

  test("when it cannot be read", (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may read everything");
    using folder = new Folder();
    folder.write("claude", "# pale shim", 0o000);
    refuse(folder);
  });

  test("but a shim of pale is", () => {
    using folder = new Folder();
    folder.write("claude", "# pale shim");
    assert.deepEqual(installShims(folder.path, shimsOf("claude")).written, [
      "claude",
      "claude-raw",
    ]);
  });
});

describe("several installations at once", () => {
  const script = join(import.meta.dirname, "install-shims.ts");
  const sets = [["one"], ["two", "three"], ["one", "two"], ["four"], ["five", "six"], ["three"]];

  test("leave the shims of one of them, whole", async () => {
    using folder = new Folder();
    const directory = folder.at("shims");
    const start = (names: string[], index: number) =>
      promisify(execFile)(process.execPath, [script, directory, `/pale/${index}`, ...names]);
    await Promise.all(sets.map(start));
    const installed = readdirSync(directory).sort();
    const texts = installed.map((name) => readFileSync(join(directory, name), "utf8"));
    const [, winner] = /\/pale\/(\d)/u.exec(texts[0] ?? "") ?? [];
    const expected = (sets[Number(winner)] ?? []).flatMap((name) =>
      renderShims({ name, pale: `/pale/${winner}` }),
    );
    assert.deepEqual(installed, expected.map(({ name }) => name).sort());
    for (const { name, text } of expected) {
      assert.equal(readFileSync(join(directory, name), "utf8"), text);
    }
    assert.equal(existsSync(join(directory, ".lock")), false);
  });
});

function refuse(folder: Folder): void {
  const path = folder.at("claude");
  const before = lstatSync(path);
  assert.deepEqual(
    catchUserErrors(() => installShims(folder.path, shimsOf("claude"))),
    [
      {
        message: `\`${path}\` is there and is not a shim of pale`,
        hint: "move it away; this directory is for shims only",
      },
    ],
  );
  assert.equal(lstatSync(path).ino, before.ino);
  assert.deepEqual(readdirSync(folder.path), ["claude"], "nothing else was written");
}
