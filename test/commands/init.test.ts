import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import { writeConfiguration } from "../../src/commands/init.ts";
import type { Invocation } from "../../src/commands/invocation.ts";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { Folder } from "../helpers/folder.ts";

describe("pale init", () => {
  test("asks about what is there, and uses what was chosen", async () => {
    using folder = makeHome();
    const { asked, said } = await initialize(folder, (question) =>
      / node /u.test(question) ? "y" : "",
    );
    assert.deepEqual(
      asked.map((question) => /agents use (\S+) \(([^)]*)\)/u.exec(question)?.slice(1)),
      [
        ["git", "~/.gitconfig"],
        ["node", "~/.nvm"],
        ["rust", "~/.cargo/bin"],
      ],
    );
    assert.match(asked[2] ?? "", /rust: the agent can change downloaded crates/u);
    assert.match(said, /^agents on PATH: claude\n.*config\.toml written\n$/su);
    assert.match(readConfig(folder), /^uses = \["node"\]$/mu);
    assert.deepEqual(
      compile(folder).defaults.uses.map(({ value }) => value),
      ["node"],
    );
    assert.equal(statSync(folder.at(".config/pale/config.toml")).mode & 0o777, 0o600);
    JSON.parse(readFileSync(folder.at(".config/pale/pale.schema.json"), "utf8"));
  });

  test("names what is there in a comment when nobody answers", async () => {
    using folder = makeHome();
    const { asked } = await initialize(folder, () => undefined);
    assert.equal(asked.length, 1, "and asks no more");
    assert.match(readConfig(folder), /^# uses = \["git", "node", "rust"\]$/mu);
    assert.deepEqual(compile(folder).defaults.uses, []);
  });

  test("says nothing of toolchains where there is none", async () => {
    using folder = new Folder();
    await initialize(folder, () => assert.fail("there is nothing to ask"));
    assert.doesNotMatch(readConfig(folder), /^(?:# )?uses = \["git/mu);
  });

  test("leaves a configuration alone that is there", async () => {
    using folder = makeHome();
    folder.write(".config/pale/config.toml", "# mine\n");
    const { said } = await initialize(folder, () => assert.fail("there is nothing to ask"));
    assert.match(said, /is there already\n$/u);
    assert.equal(readConfig(folder), "# mine\n");
    assert.ok(!existsSync(folder.at(".config/pale/pale.schema.json")));
  });
});

function makeHome(): Folder {
  const folder = new Folder();
  folder.write(".gitconfig", "");
  folder.write(".nvm/nvm.sh", "");
  folder.write(".cargo/bin/cargo", "");
  folder.write("bin/claude", "#!/bin/sh\n", 0o755);
  return folder;
}

async function initialize(folder: Folder, answer: (question: string) => string | undefined) {
  const asked: string[] = [];
  let said = "";
  const invocation: Invocation = {
    environment: { HOME: folder.at("."), PATH: folder.at("bin") },
    workingDirectory: "/",
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/usr/bin/pale",
    print: (text) => (said += text),
    ask: async (question) => {
      asked.push(question);
      return answer(question);
    },
  };
  await writeConfiguration(invocation);
  return { asked, said };
}

function readConfig(folder: Folder): string {
  return readFileSync(folder.at(".config/pale/config.toml"), "utf8");
}

function compile(folder: Folder) {
  return compileConfiguration([
    ...BUILTIN_PROFILES,
    { name: "config.toml", text: readConfig(folder) },
  ]);
}
