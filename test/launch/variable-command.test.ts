import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runVariableCommand } from "../../src/launch/variable-command.ts";
import { Folder } from "../helpers/folder.ts";

describe("the command of a variable", () => {
  const ask = (folder: Folder, script: string, seconds: number) => {
    folder.write("program", `#!/bin/sh\n${script}\n`, 0o755);
    const source = { kind: "command" as const, command: [folder.at("program")], origin: "here" };
    const search = { path: "/usr/bin:/bin", workingDirectory: folder.path, shimDirectories: [] };
    const environment = { PATH: "/usr/bin:/bin" };
    return runVariableCommand("TOKEN", source, {
      environment,
      search,
      home: folder.path,
      writable: [],
      seconds,
    });
  };

  test("that does not end is ended", async () => {
    using folder = new Folder();
    const asked = ask(folder, "sleep 300 & echo $! >pid; wait", 3);
    await assert.rejects(asked, {
      message: `\`${folder.at("program")}\`, which \`TOKEN\` comes from, took more than 3 seconds`,
      origin: "here",
    });
    const pid = readFileSync(folder.at("pid"), "utf8").trim();
    assert.equal(spawnSync("kill", [pid]).status, 0);
  });

  test("may take its time (control)", async () => {
    using folder = new Folder();
    const bytes = await ask(folder, "sleep 1.2; echo secret", 30);
    assert.equal(Buffer.from(bytes).toString(), "secret\n");
  });
});
