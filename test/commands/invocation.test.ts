import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeSearch } from "../../src/commands/invocation.ts";
import type { Invocation } from "../../src/commands/invocation.ts";
import { findDirectories } from "../../src/host/directories.ts";
import type { Environment } from "../../src/host/directories.ts";
import { Folder } from "../helpers/folder.ts";

function search(workingDirectory: string, environment: Environment) {
  const invocation: Invocation = {
    environment,
    workingDirectory,
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/opt/pale",
    print: () => undefined,
  };
  return makeSearch(invocation, findDirectories({ HOME: "/home/ada", ...environment }));
}

describe("makeSearch", () => {
  test("looks along the caller's PATH, past the shims", () => {
    const found = search("/work", { PATH: "/a::b", XDG_DATA_HOME: "/data" });
    assert.deepEqual(found, {
      path: "/a::b",
      workingDirectory: "/work",
      shimDirectories: ["/data/pale/shims"],
    });
    assert.equal(search("/work", {}).path, undefined);
  });

  test("takes the shell's name for the working directory, when it is one", () => {
    using folder = new Folder();
    const real = folder.directory("real/project");
    folder.directory("other");
    folder.link("link", "real");
    const rows: [string | undefined, string][] = [
      [folder.at("link/project"), folder.at("link/project")],
      [real, real],
      [undefined, real],
      ["", real],
      ["link/project", real],
      [folder.at("other"), real],
      [folder.at("missing"), real],
    ];
    for (const [PWD, name] of rows) assert.equal(search(real, { PWD }).workingDirectory, name);
  });
});
