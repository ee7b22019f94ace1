import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { parseGitConfiguration } from "../../src/host/git-config.ts";
import { readGitIdentity } from "../../src/host/git-identity.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";

/** Each read as git itself reads it. */
const TEXTS = {
  plain: "[user]\n\tname = Ada Lovelace\n\temail=ada@example.org\n",
  quoted: '[user]\nname = "Ada # ; L" # comment\nemail = a\\tb ; c\n',
  escaped: '[user]\nname = "say \\"hi\\" \\\\ \\n"\n',
  continued: "[user]\nname = Ada \\\n  Lovelace\nemail = x\n",
  "on one line": "[user] name = Ada\n[USER]\nEMAIL = x\n",
  twice: "[user]\nname = first\n[core]\nx = y\n[user]\nname = second\n",
  "with carriage returns": "[user]\r\nname = Ada\r\nemail = x\r\n",
  "of subsections": '[user "other"]\nname = wrong\n[user]\nname = right\n[a.b]\nname = wrong\n',
  "without a value": "[user]\nuseConfigOnly\nname = Ada\n",
  empty: "",
};

describe("a git configuration", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    test(`${name} is read as git reads it`, (t) => {
      if (!requireTool(t, "git")) return;
      using folder = new Folder();
      const file = folder.write("config", text);
      const listed = spawnSync("git", ["config", "-z", "--file", file, "--list"], {
        encoding: "utf8",
      });
      const expected = listed.stdout
        .split("\0")
        .filter(Boolean)
        .map((entry) => {
          const [key = "", ...value] = entry.split("\n");
          return [key, value.length > 0 ? value.join("\n") : "true"];
        });
      const found = parseGitConfiguration(text).map(({ section, subsection, name: key, value }) => [
        [section, subsection, key].filter((part) => part !== undefined).join("."),
        value,
      ]);
      assert.deepEqual(found, expected);
    });
  }
});

describe("readGitIdentity", () => {
  const read = (folder: Folder, environment = {}, project = "work/app") => {
    const home = { path: folder.path, real: folder.path };
    const root = folder.at(project);
    const facts = readGitIdentity(environment, home, {
      root,
      gitDirectories: [],
      workingDirectory: root,
      links: [],
    });
    return Object.fromEntries(facts.map(({ name, value }) => [name, value]));
  };

  test("takes names and addresses, and nothing else", () => {
    using folder = new Folder();
    folder.write(
      ".gitconfig",
      "[user]\nname = Ada\nsigningKey = x\n[credential]\nhelper = y\n[author]\nemail = z\n",
    );
    assert.deepEqual(read(folder), { "user.name": "Ada", "author.email": "z" });
  });

  test("reads the files that git reads, the later over the earlier", () => {
    using folder = new Folder();
    folder.write(".config/git/config", "[user]\nname = xdg\nemail = xdg\n");
    assert.deepEqual(read(folder), { "user.name": "xdg", "user.email": "xdg" });
    folder.write(".gitconfig", "[user]\nname = home\n");
    assert.deepEqual(read(folder), { "user.name": "home", "user.email": "xdg" });
    const chosen = folder.write("chosen", "[user]\nname = chosen\n");
    assert.deepEqual(read(folder, { GIT_CONFIG_GLOBAL: chosen }), { "user.name": "chosen" });
    assert.deepEqual(read(folder, { GIT_CONFIG_GLOBAL: "" }), {});
    assert.deepEqual(read(folder, { XDG_CONFIG_HOME: folder.at("x") }), { "user.name": "home" });
  });

  for (const [condition, isMet] of [
    ["gitdir:~/work/", true],
    ["gitdir:~/other/", false],
    ["gitdir:~/work", false],
    ["gitdir:~/work/app/.git", true],
    ["gitdir:work/", true],
    ["gitdir:ork/", false],
    ["gitdir:app/.git", true],
    ["gitdir:~/w*/", true],
    ["gitdir:~/**/app/.git", true],
    ["gitdir:./work/", true],
    ["gitdir:~/WORK/", false],
    ["gitdir/i:~/WORK/", true],
    ["onbranch:main", false],
    ["hasconfig:remote.*.url:x", false],
  ] as const) {
    test(`${isMet ? "follows" : "does not follow"} an include for ${condition}`, (t) => {
      if (!requireTool(t, "git")) return;
      using folder = new Folder();
      folder.write(".gitconfig", `[user]\nname = a\n[includeIf "${condition}"]\npath = more\n`);
      folder.write("more", "[user]\nname = b\n");
      assert.deepEqual(read(folder), { "user.name": isMet ? "b" : "a" });
      const env = { HOME: folder.path, PATH: process.env["PATH"] ?? "" };
      spawnSync("git", ["init", "-q", folder.at("work/app")], { env });
      const git = spawnSync("git", ["-C", folder.at("work/app"), "config", "user.name"], {
        env,
        encoding: "utf8",
      });
      assert.equal(git.stdout, isMet ? "b\n" : "a\n", "git itself");
    });
  }

  test("is not led in circles", () => {
    using folder = new Folder();
    folder.write(".gitconfig", "[include]\npath = .gitconfig\n[user]\nname = Ada\n");
    assert.deepEqual(read(folder), { "user.name": "Ada" });
  });
});
