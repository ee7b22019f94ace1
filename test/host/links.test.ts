import assert from "node:assert/strict";
import { chmodSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { followLinks, followToPlace } from "../../src/host/links.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";

describe("followLinks", () => {
  test("gives every link on the way, in the order met", () => {
    using folder = new Folder();
    folder.write("versions/2/bin/tool");
    folder.link("current", "versions/2");
    folder.link("home", folder.at("."));
    folder.link("bin/tool", "../current/bin/tool");
    assert.deepEqual(followLinks(folder.at("home/bin/tool")), {
      links: [
        { path: folder.at("home"), target: folder.at(".") },
        { path: folder.at("bin/tool"), target: "../current/bin/tool" },
        { path: folder.at("current"), target: "versions/2" },
      ],
      real: folder.at("versions/2/bin/tool"),
    });
  });

  test("takes a step up from where a link leads, not from where it is", () => {
    using folder = new Folder();
    folder.write("far/below/file");
    folder.write("near/x");
    folder.write("far/x");
    folder.link("near/link", "../far/below");
    folder.link("near/up", "link/../x");
    assert.equal(followLinks(folder.at("near/up"))?.real, folder.at("far/x"));
    assert.equal(followLinks(`${folder.path}/near/link/../x`)?.real, folder.at("far/x"));
  });

  const plain: [string, string][] = [
    ["/", "/"],
    ["//", "/"],
    ["/.", "/"],
    ["/..", "/"],
    ["/proc/", "/proc"],
    ["/proc/./sys//kernel/../", "/proc/sys"],
  ];
  for (const [path, real] of plain) {
    test(`reads ${path} as ${real}`, () => {
      assert.deepEqual(followLinks(path), { links: [], real });
    });
  }

  test("finds nothing behind a link that leads nowhere, in a file, or in a circle", () => {
    using folder = new Folder();
    folder.write("file");
    folder.link("dangling", "missing");
    folder.link("one", "two");
    folder.link("two", "one");
    folder.link("self/x", "x/y");
    for (const name of [
      "missing",
      "dangling",
      "file/x",
      "one",
      "one/x",
      "self/x",
      "x".repeat(300),
    ]) {
      assert.equal(followLinks(folder.at(name)), undefined, name);
    }
  });

  test("follows as many links as the kernel does", () => {
    using folder = new Folder();
    folder.write("0");
    for (let index = 1; index <= 41; index += 1) folder.link(`${index}`, `${index - 1}`);
    assert.equal(followLinks(folder.at("40"))?.links.length, 40);
    assert.equal(followLinks(folder.at("40"))?.real, realpathSync.native(folder.at("40")));
    assert.equal(followLinks(folder.at("41")), undefined);
    assert.throws(() => realpathSync.native(folder.at("41")), { code: "ELOOP" });
  });

  test("finds nothing where the caller may not look", (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may look everywhere");
    using folder = new Folder();
    folder.write("closed/file");
    assert.equal(followLinks(folder.at("closed/file"))?.real, folder.at("closed/file"));
    chmodSync(folder.at("closed"), 0o000);
    assert.equal(followLinks(folder.at("closed/file")), undefined);
    chmodSync(folder.at("closed"), 0o700);
    assert.throws(() => readlinkSync("/proc/1/cwd"), { code: "EACCES" });
    assert.equal(followLinks("/proc/1/cwd"), undefined);
  });

  test("agrees with the kernel about any tree of links", () => {
    const name = fc.constantFrom("a", "b", "c", "dir", "dir/a", "dir/b", "dir/sub", "dir/sub/a");
    const target = fc.constantFrom(
      ...". .. a b dir dir/ dir/.. ../a ./b dir/sub ../dir/sub/a a/b a/../b sub/.. ../..".split(
        " ",
      ),
    );
    const tree = fc.array(fc.tuple(name, target), { maxLength: 6 });
    fc.assert(
      fc.property(tree, (links) => {
        using folder = new Folder();
        folder.directory("dir/sub");
        for (const [path, to] of links) tryLink(folder, path, to);
        for (const [path] of links) {
          const asked = `${folder.path}/${path}`;
          assert.equal(followLinks(asked)?.real, askKernel(asked));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("followToPlace", () => {
  test("says where a path that is not there would be made", () => {
    using folder = new Folder();
    folder.directory("dotfiles");
    folder.link(".config", "dotfiles");
    folder.link("dangling", "dotfiles/new");
    folder.write("file");
    const rows: [string, string][] = [
      [".config", "dotfiles"],
      [".config/tool/state", "dotfiles/tool/state"],
      ["dangling", "dotfiles/new"],
      ["dangling/deeper", "dotfiles/new/deeper"],
      ["missing/x/../y", "missing/y"],
      ["file/x", "file/x"],
    ];
    for (const [path, place] of rows) {
      assert.equal(followToPlace(join(folder.path, path)).real, folder.at(place), path);
    }
    assert.deepEqual(followToPlace(folder.at(".config/tool")).links, [
      { path: folder.at(".config"), target: "dotfiles" },
    ]);
  });

  test("ends with links that go in a circle", () => {
    using folder = new Folder();
    folder.link("one", "two");
    folder.link("two", "one");
    assert.match(followToPlace(folder.at("one/x")).real, /\/(?:one|two)\/x$/u);
  });
});

function tryLink(folder: Folder, path: string, target: string): void {
  try {
    folder.link(path, target);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    assert.match(String(error.code), /^(?:EEXIST|ENOENT|ELOOP|ENOTDIR)$/u);
  }
}

function askKernel(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
