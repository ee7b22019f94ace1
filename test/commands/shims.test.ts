import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { writeShims } from "../../src/commands/shims.ts";
import { Folder } from "../helpers/folder.ts";

test("pale shims: claude, codex, pi, and the other agents that are on PATH", async () => {
  using folder = new Folder();
  assert.deepEqual(await writeIn(folder, "/nowhere"), ["claude", "codex", "pi"]);
  for (const name of ["gemini", "goose", "other"])
    folder.write(`bin/${name}`, "#!/bin/sh\n", 0o755);
  const all = ["claude", "codex", "gemini", "pi"];
  // `goose` is the name of other programs, too.
  assert.deepEqual(await writeIn(folder, folder.at("bin")), all);
  assert.deepEqual(await writeIn(folder, "/nowhere"), all, "what was there stays");
});

async function writeIn(folder: Folder, path: string): Promise<string[]> {
  await writeShims({
    environment: { HOME: folder.path, PATH: path },
    workingDirectory: "/",
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/usr/bin/pale",
    print: () => {},
  });
  const names = readdirSync(folder.at(".local/share/pale/shims"));
  return names.filter((name) => !name.endsWith("-raw") && !name.startsWith(".")).sort();
}
