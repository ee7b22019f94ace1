import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { describe, test } from "node:test";
import { findCommand, listDirectories, readHead } from "../../src/host/search.ts";
import type { Search } from "../../src/host/search.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";
import { catchExitCode, catchUserErrors } from "../helpers/user-errors.ts";

const SHIM = "#!/bin/sh\n# pale shim: runs `tool` in its sandbox.\nexec pale run -- tool\n";

function searchIn(folder: Folder, path: readonly string[], shims: readonly string[] = []): Search {
  return {
    path: path.map((name) => (/^[/.]|^$/u.test(name) ? name : folder.at(name))).join(":"),
    workingDirectory: folder.path,
    shimDirectories: shims.map((name) => folder.at(name)),
  };
}

describe("findCommand", () => {
  test("takes the first executable file on PATH", () => {
    using folder = new Folder();
    folder.write("notes/tool", "not executable");
    folder.directory("directories/tool");
    folder.link("dangling/tool", "missing");
    folder.write("one/tool", "", 0o755);
    folder.write("two/tool", "", 0o755);
    const search = searchIn(folder, ["missing", "notes", "directories", "dangling", "one", "two"]);
    assert.equal(findCommand("tool", search), folder.at("one/tool"));
    const other = searchIn(folder, ["two", "one"]);
    assert.equal(findCommand("tool", other), folder.at("two/tool"));
  });

  test("names a program behind a link as PATH does", () => {
    using folder = new Folder();
    folder.write("real/tool-2", "", 0o755);
    folder.link("bin/tool", "../real/tool-2");
    assert.equal(findCommand("tool", searchIn(folder, ["bin"])), folder.at("bin/tool"));
  });

  test("goes past shims: by their directory under any name, and by their mark anywhere", () => {
    using folder = new Folder();
    folder.write("shims/tool", "#!/bin/sh\n", 0o755);
    folder.link("same", "shims");
    folder.write("copied/tool", SHIM, 0o755);
    folder.link("linked/tool", "../copied/tool");
    folder.write("real/tool", "", 0o755);
    const path = ["shims", "same", "same/.", "copied", "linked", "real"];
    assert.equal(findCommand("tool", searchIn(folder, path, ["shims"])), folder.at("real/tool"));
    const unknown = searchIn(folder, path);
    assert.equal(findCommand("tool", unknown), folder.at("shims/tool"), "control");
  });

  test("never looks in the working directory for a name without a slash", () => {
    using folder = new Folder();
    folder.write("tool", "", 0o755);
    folder.write("sub/tool", "", 0o755);
    const search = searchIn(folder, ["", ".", "./sub"]);
    assert.equal(
      catchExitCode(() => findCommand("tool", search)),
      127,
    );
    assert.equal(findCommand("./tool", search), folder.at("tool"), "control");
    assert.equal(findCommand("sub/tool", search), folder.at("sub/tool"));
    assert.equal(findCommand(folder.at("sub/tool"), search), folder.at("sub/tool"));
    assert.equal(findCommand("sub/../tool", search), folder.at("tool"));
  });

  test("goes up from where a link leads, as a shell does", () => {
    using folder = new Folder();
    folder.write("far/tool", "", 0o755);
    folder.write("near/tool", "", 0o755);
    folder.write("near/only-here", "", 0o755);
    folder.directory("far/work");
    folder.link("near/work", "../far/work");
    const search = { ...searchIn(folder, []), workingDirectory: folder.at("near/work") };
    assert.equal(findCommand("../tool", search), folder.at("far/tool"));
    assert.equal(
      catchExitCode(() => findCommand("../only-here", search)),
      127,
    );
    const plain = { ...search, workingDirectory: folder.at("near") };
    assert.equal(findCommand("work/../tool", plain), folder.at("far/tool"));
    assert.equal(findCommand("./only-here", plain), folder.at("near/only-here"), "control");
    folder.write("far/work/here", "", 0o755);
    assert.equal(
      findCommand("./here", search),
      folder.at("near/work/here"),
      "by the caller's name",
    );
  });

  test("goes past directories that the caller may not look into", (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may look everywhere");
    using folder = new Folder();
    folder.write("closed/bin/tool", "", 0o755);
    folder.write("open/tool", "", 0o755);
    const search = searchIn(folder, ["closed/bin", "closed", "open"]);
    assert.equal(findCommand("tool", search), folder.at("closed/bin/tool"), "control");
    chmodSync(folder.at("closed"), 0o000);
    assert.equal(findCommand("tool", search), folder.at("open/tool"));
    chmodSync(folder.at("closed"), 0o700);
  });

  test("says what is wrong, with the exit code that a shell would end with", () => {
    using folder = new Folder();
    const plain = folder.write("bin/plain file", "text");
    folder.directory("directory");
    const search = searchIn(folder, ["bin"]);
    const install = "install it, or add its directory to PATH (shims of pale do not count)";
    const rows: [string, number, object][] = [
      ["missing", 127, { message: "`missing` was not found on PATH", hint: install }],
      ["", 127, { message: "`` was not found on PATH", hint: install }],
      ["..", 127, { message: "`..` was not found on PATH", hint: install }],
      [
        "./missing",
        127,
        { message: `\`./missing\` was not found in ${folder.path}`, hint: "check the path" },
      ],
      ["/no/such", 127, { message: "`/no/such` was not found", hint: "check the path" }],
      [
        "bin/plain file/x",
        127,
        { message: `\`bin/plain file/x\` was not found in ${folder.path}`, hint: "check the path" },
      ],
      [
        "plain file",
        126,
        {
          message: "`plain file` is not executable",
          origin: plain,
          hint: `chmod +x '${plain}'`,
        },
      ],
      [
        "./directory",
        126,
        { message: "`./directory` is a directory", hint: "name the program in it" },
      ],
    ];
    for (const [command, code, error] of rows) {
      const act = () => findCommand(command, search);
      assert.deepEqual(catchUserErrors(act), [error]);
      assert.equal(catchExitCode(act), code);
    }
  });

  test("finds nothing without a PATH", () => {
    using folder = new Folder();
    const search = { path: undefined, workingDirectory: folder.path, shimDirectories: [] };
    assert.equal(
      catchExitCode(() => findCommand("sh", search)),
      127,
    );
    assert.equal(findCommand("sh", { ...search, path: "/bin" }), "/bin/sh", "control");
  });
});

describe("listDirectories", () => {
  test("keeps absolute entries that are directories, each once, in order", () => {
    using folder = new Folder();
    for (const name of ["one", "two", "shims"]) mkdirSync(folder.at(name));
    folder.write("file");
    folder.link("link", "two");
    folder.link("circle", "circle");
    const path = ["", "two", "one", "", ".", "missing", "file", "circle", "link", "two", "shims"];
    assert.deepEqual(
      listDirectories(searchIn(folder, path, ["shims", "missing"])),
      ["two", "one", "link"].map((name) => folder.at(name)),
    );
  });
});

describe("readHead", () => {
  test("gives as much as there is, byte by byte, and nothing of what cannot be read", () => {
    using folder = new Folder();
    const file = folder.write("file", "é12345");
    assert.equal(readHead(file, 4), "\u00C3\u00A912");
    assert.equal(readHead(file, 100), "\u00C3\u00A912345");
    assert.equal(readHead(folder.write("empty"), 10), "");
    assert.equal(readHead(folder.at("missing"), 10), "");
    assert.equal(readHead(folder.path, 10), "");
  });
});
