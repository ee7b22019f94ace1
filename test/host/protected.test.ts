import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, test } from "node:test";
import type { UserError } from "../../src/errors.ts";
import { readProtected } from "../../src/host/protected.ts";
import type { ProtectedFact } from "../../src/plan/facts.ts";
import type { Policy } from "../../src/policy.ts";
import { mountOf, policyOf } from "../helpers/facts.ts";
import { Folder } from "../helpers/folder.ts";

describe("what is protected", () => {
  test("is found by name, there, missing or a link, without a look at anything else", () => {
    using folder = makeRepository();
    folder.directory(".vscode");
    folder.link(".envrc", "elsewhere");
    folder.write("src/.git/config");
    const facts = read(folder);
    assert.deepEqual(
      [".vscode", ".envrc", ".mcp.json", ".git/config", ".git/info/attributes"].map((name) =>
        find(facts, name, folder),
      ),
      [
        "present .vscode",
        "link .envrc",
        "missing .mcp.json",
        "present .git/config",
        "missing .git/info",
      ],
    );
    assert.ok(facts.every(({ path }) => !path.includes("/src/")));
  });

  test("is missing as a whole where its directory is", () => {
    using folder = makeRepository();
    assert.equal(find(read(folder), ".claude/hooks", folder), "missing .claude");
    folder.directory(".claude");
    assert.equal(find(read(folder), ".claude/hooks", folder), "missing .claude/hooks");
  });

  test("is missing where a placeholder of another sandbox stands", () => {
    using folder = makeRepository();
    folder.write(".git/commondir", ".");
    assert.equal(find(read(folder), ".git/commondir", folder), "present .git/commondir");
    chmodSync(folder.at(".git/commondir"), 0o1644);
    assert.equal(find(read(folder), ".git/commondir", folder), "missing .git/commondir");
  });

  test("is the metadata of submodules and worktrees too, and what git's configuration leads to", () => {
    using folder = makeRepository();
    folder.write(".git/modules/libs/one/HEAD");
    folder.write(".git/worktrees/side/gitdir");
    folder.write(
      ".git/config",
      "[core]\n\thooksPath = tools/hooks\n[include]\n\tpath = ../git.conf\n",
    );
    const facts = read(folder);
    const names = [
      ".git/modules/libs/one/hooks",
      ".git/worktrees/side/gitdir",
      ".git/worktrees/side/config.worktree",
      "tools/hooks",
      "git.conf",
    ];
    for (const name of names) assert.notEqual(find(facts, name, folder), undefined, name);
  });

  test("is the `.git` file of a worktree, with the directory that it names", () => {
    using folder = new Folder();
    folder.write("p/.git", "gitdir: .bare\n");
    folder.write("p/.bare/config", "[core]\n\tbare = true\n");
    const project = { root: folder.at("p"), gitDirectories: [], workingDirectory: "", links: [] };
    const facts = readProtected(policyOf(), { project, mounts: [] }, "/home/ada");
    const names = facts.map(({ name }) => name);
    assert.ok(names.includes(".git") && names.includes(".bare/config"));
    assert.ok(!names.includes(".bare/commondir"), "git would take no notice of core.bare");
  });

  test("is less with `unprotect`: a name, and all below it", () => {
    using folder = makeRepository();
    const names = (unprotect: string[]) => {
      const policy = { unprotect: unprotect.map((value) => ({ value, origin: "--unprotect" })) };
      return read(folder, policy).map(({ name }) => name);
    };
    assert.ok(names([]).includes(".claude/hooks"));
    assert.ok(!names([".claude"]).some((name) => name.startsWith(".claude")));
    assert.deepEqual(
      names([]).filter((name) => !names([".git/config"]).includes(name)),
      [".git/config"],
    );
    assert.throws(
      () => names([".envrx"]),
      (error: UserError) => {
        assert.equal(error.message, "`.envrx` is not protected");
        assert.equal(error.hint?.split(".git/hooks").length, 2);
        return true;
      },
    );
  });

  test("is, in a writable mount, what that names; nothing in one that is read-only", () => {
    using folder = makeRepository();
    const state = (access: "ro" | "rw") =>
      readProtected(
        policyOf(),
        {
          project: { root: folder.path, gitDirectories: [], workingDirectory: "", links: [] },
          mounts: [mountOf("/home/ada/.agent", { access, protect: ["settings.json", "hooks"] })],
        },
        "/home/ada",
      ).filter(({ name }) => name.startsWith("~"));
    assert.deepEqual(state("ro"), []);
    assert.deepEqual(
      state("rw").map((each) => [each.name, each.kind === "missing" && each.placeholder]),
      [
        ["~/.agent/settings.json", { kind: "file", text: "{}" }],
        ["~/.agent/hooks", { kind: "directory" }],
      ],
    );
  });
});

function makeRepository(): Folder {
  const folder = new Folder();
  folder.write(".git/HEAD", "ref: refs/heads/main\n");
  folder.write(".git/config", "");
  return folder;
}

function read(folder: Folder, policy: Partial<Policy> = {}): ProtectedFact[] {
  const project = { root: folder.path, gitDirectories: [], workingDirectory: "", links: [] };
  return readProtected(policyOf(policy), { project, mounts: [] }, "/home/ada");
}

/** `KIND PATH`, below the folder. */
function find(facts: readonly ProtectedFact[], name: string, { path }: Folder): string | undefined {
  const fact = facts.find((each) => each.name === name);
  return fact && `${fact.kind} ${fact.path.slice(path.length + 1)}`;
}
