import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { findGitDirectories, findLinkOut, findProject } from "../../src/host/project.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";

describe("the project", () => {
  test("is the git root above the working directory", () => {
    using folder = new Folder();
    folder.directory("home/work/.git");
    const start = folder.directory("home/work/src/deep");
    const root = folder.at("home/work");
    assert.deepEqual(findProject(start, folder.at("home")), { root, gitDirectories: [] });
    assert.equal(findProject(root, folder.at("home")).root, root);
  });

  test("is the nearest of several", () => {
    using folder = new Folder();
    folder.directory("home/work/.git");
    folder.directory("home/work/inner/.git");
    const start = folder.directory("home/work/inner/src");
    assert.equal(findProject(start, folder.at("home")).root, folder.at("home/work/inner"));
  });

  test("keeps its own git directory, so that it stays the nearest, where another lies above", () => {
    using folder = new Folder();
    folder.directory("home/work/.git");
    const inner = folder.directory("home/work/inner/.git");
    const outer = folder.directory("home/work/src");
    const { gitDirectories } = findProject(dirname(inner), folder.at("home"));
    assert.deepEqual(gitDirectories, [inner]);
    assert.deepEqual(findProject(outer, folder.at("home")).gitDirectories, [], "control");
  });

  test("is the working directory when there is no git", () => {
    using folder = new Folder();
    const start = folder.directory("home/plain");
    assert.deepEqual(findProject(start, folder.at("home")), { root: start, gitDirectories: [] });
  });

  test("is never the home directory, though that be a repository, nor what is above it", () => {
    using folder = new Folder();
    folder.directory(".git");
    folder.directory("home/.git");
    const start = folder.directory("home/work/src");
    assert.equal(findProject(start, folder.at("home")).root, start);
    assert.equal(findProject(start, folder.at("elsewhere")).root, folder.at("home"), "control");
    assert.equal(findProject(folder.at("home"), folder.at("home")).root, folder.at("home"));
  });

  test("outside of the home directory is found the same way", () => {
    using folder = new Folder();
    folder.directory("srv/work/.git");
    const start = folder.directory("srv/work/src");
    assert.equal(findProject(start, folder.at("home/ada")).root, folder.at("srv/work"));
    assert.equal(findProject("/", "/home/ada").root, "/");
  });

  test("has a git directory where `.git` is a link or anything else that is no file", () => {
    using folder = new Folder();
    folder.directory("work/src");
    folder.link("work/.git", "/nowhere");
    assert.deepEqual(findProject(folder.at("work/src"), "/home/ada"), {
      root: folder.at("work"),
      gitDirectories: [],
    });
  });
});

describe("the git directories of a project elsewhere, as git makes them", () => {
  test("are the common directory of a worktree", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeRepository();
    git(folder.at("main"), "worktree", "add", "-q", folder.at("trees/one"));
    assert.deepEqual(findGitDirectories(folder.at("trees/one")), [folder.at("main/.git")]);
    assert.deepEqual(findGitDirectories(folder.at("main")), [], "control");
  });

  test("are the common directory of a worktree with relative paths", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeRepository();
    git(folder.at("main"), "worktree", "add", "-q", folder.at("one"));
    folder.write("one/.git", "gitdir: ../main/.git/worktrees/one\n");
    folder.write("main/.git/worktrees/one/gitdir", "../../../../one/.git\n");
    assert.equal(git(folder.at("one"), "rev-parse", "--abbrev-ref", "HEAD"), "one", "control");
    assert.deepEqual(findGitDirectories(folder.at("one")), [folder.at("main/.git")]);
  });

  test("are the bare repository that a worktree belongs to, though it lies inside", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeRepository();
    git(folder.path, "clone", "-q", "--bare", "main", "bare.git");
    git(folder.at("bare.git"), "worktree", "add", "-q", folder.at("bare.git/tree"), "-b", "tree");
    assert.deepEqual(findGitDirectories(folder.at("bare.git/tree")), [folder.at("bare.git")]);
  });

  test("are the directory of a submodule in its superproject", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeSubmodule();
    const submodule = folder.at("super/lib/sub");
    assert.deepEqual(findGitDirectories(submodule), [folder.at("super/.git/modules/lib/sub")]);
    assert.equal(findProject(submodule, "/home/ada").root, submodule);
  });

  test("are the common directory of a worktree of a submodule", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeSubmodule();
    git(folder.at("super/lib/sub"), "worktree", "add", "-q", folder.at("tree"));
    const modules = folder.at("super/.git/modules/lib/sub");
    assert.deepEqual(findGitDirectories(folder.at("tree")), [modules]);
  });

  test("are a directory that was made apart from the start", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeRepository();
    git(folder.path, "clone", "-q", `--separate-git-dir=${folder.at("apart")}`, "main", "work");
    git(folder.at("work"), "config", "core.worktree", folder.at("work"));
    assert.deepEqual(findGitDirectories(folder.at("work")), [folder.at("apart")]);
  });

  test("are found when the project is reached by a link, or lies in a place with blanks", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeRepository();
    git(folder.at("main"), "worktree", "add", "-q", "-b", "one", folder.at("a place/one #1"));
    assert.deepEqual(findGitDirectories(folder.at("a place/one #1")), [folder.at("main/.git")]);
    folder.link("link", "main");
    git(folder.at("link"), "worktree", "add", "-q", folder.at("two"));
    assert.deepEqual(findGitDirectories(folder.at("two")), [folder.at("main/.git")]);
  });
});

describe("a forged `.git` file is not believed", () => {
  const forgeries: [string, (folder: Folder) => string][] = [
    ["when it names a directory of secrets", (folder) => folder.at(".ssh")],
    ["when it names one below that", (folder) => folder.directory(".ssh/worktrees/tree")],
    ["when it names the secrets by a way up", () => "../.ssh"],
    ["when it names nothing", (folder) => folder.at("missing")],
    ["when it names a file", (folder) => folder.at(".ssh/config")],
    ["when it names the root", () => "/"],
    ["when it names another repository", (folder) => folder.at("main/.git")],
    [
      "when it names the entry of another worktree",
      (folder) => {
        git(folder.at("main"), "worktree", "add", "-q", folder.at("other"));
        return folder.at("main/.git/worktrees/other");
      },
    ],
    [
      "when it names another repository's submodule",
      (folder) => {
        makeSubmodule(folder);
        return folder.at("super/.git/modules/lib/sub");
      },
    ],
    [
      "when it names a link of the project that leads to secrets",
      (folder) => {
        symlinkSync(folder.at(".ssh"), folder.at("tree/link"));
        return folder.at("tree/link");
      },
    ],
    [
      "when the project holds an entry that claims secrets as its common directory",
      (folder) => forgeEntry(folder, folder.at(".ssh")),
    ],
    [
      "when that entry claims another repository",
      (folder) => {
        git(folder.path, "init", "-q", "other");
        return forgeEntry(folder, folder.at("other/.git"));
      },
    ],
    [
      "when that entry claims them by a link",
      (folder) => {
        const entry = forgeEntry(folder, "../..");
        renameSync(dirname(entry), folder.at("tree/real"));
        symlinkSync(folder.at("tree/real"), folder.at(".ssh/worktrees"));
        return folder.at(".ssh/worktrees/x");
      },
    ],
    [
      "when a directory of the project claims to be the repository above it",
      (folder) => {
        const entry = folder.directory("tree/entry");
        writeFileSync(join(entry, "gitdir"), folder.at("tree/.git"));
        writeFileSync(join(entry, "commondir"), "../..");
        return entry;
      },
    ],
  ];
  for (const [what, forge] of forgeries) {
    test(what, (context) => {
      if (!requireTool(context, "git")) return;
      assert.deepEqual(withForgery(forge), []);
    });
  }

  test("when it names what is in the project anyway", () => {
    using folder = new Folder();
    folder.directory("tree");
    const entry = folder.directory("tree/fake/worktrees/x");
    for (const name of ["objects", "refs"]) mkdirSync(folder.at(`tree/fake/${name}`));
    folder.write("tree/fake/HEAD", "ref: refs/heads/main\n");
    folder.write("tree/fake/worktrees/x/gitdir", folder.at("tree/.git"));
    folder.write("tree/fake/worktrees/x/commondir", "../..");
    folder.write("tree/.git", `gitdir: ${entry}\n`);
    assert.deepEqual(findGitDirectories(folder.at("tree")), []);
    renameSync(folder.at("tree/fake"), folder.at("genuine"));
    folder.write("tree/.git", `gitdir: ${folder.at("genuine/worktrees/x")}\n`);
    assert.deepEqual(findGitDirectories(folder.at("tree")), [folder.at("genuine")], "control");
  });

  test("nor is one whose repository has been moved away", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeRepository();
    git(folder.at("main"), "worktree", "add", "-q", folder.at("tree"));
    renameSync(folder.at("main"), folder.at("moved"));
    assert.deepEqual(findGitDirectories(folder.at("tree")), []);
    renameSync(folder.at("moved"), folder.at("main"));
    assert.deepEqual(findGitDirectories(folder.at("tree")), [folder.at("main/.git")], "control");
  });

  test("nor one of a submodule that the superproject does not know here", (context) => {
    if (!requireTool(context, "git")) return;
    using folder = makeSubmodule();
    const modules = folder.at("super/.git/modules/lib/sub");
    folder.write("elsewhere/.git", `gitdir: ${modules}\n`);
    assert.deepEqual(findGitDirectories(folder.at("elsewhere")), []);
    assert.deepEqual(findGitDirectories(folder.at("super/lib/sub")), [modules], "control");
  });

  for (const text of ["", "gitdir:", "gitdir: ", "gitdir: \u0000", "x".repeat(10_000)]) {
    test(`when it says ${JSON.stringify(text.slice(0, 12))}`, () => {
      using folder = new Folder();
      folder.write("tree/.git", text);
      assert.deepEqual(findGitDirectories(folder.at("tree")), []);
    });
  }
});

describe("findLinkOut", () => {
  const rows: [string, string, string, boolean][] = [
    ["a link in a project that leads out of it", "work/link", "elsewhere", true],
    ["a link in a project that leads to another project", "work/src/link", "other", true],
    ["a link in a project that leads into it", "work/link", "work/src", false],
    ["a link that is in no project", "link", "other", false],
  ];
  for (const [what, at, to, isOut] of rows) {
    test(`says ${isOut ? "which it is" : "nothing"} of ${what}`, () => {
      using folder = new Folder();
      for (const name of ["work/.git", "work/src", "other/.git", "elsewhere"]) {
        folder.directory(name);
      }
      const target = folder.at(to);
      const link = { path: folder.link(at, target), target };
      const found = findLinkOut([link], target, "/home/nobody");
      assert.deepEqual(found, isOut ? link : undefined);
    });
  }
});

/** A worktree, and what an agent in it could have done to its `.git` file. */
function withForgery(forge: (folder: Folder) => string): string[] {
  using folder = makeRepository();
  git(folder.at("main"), "worktree", "add", "-q", folder.at("tree"));
  const before = findGitDirectories(folder.at("tree"));
  assert.deepEqual(before, [folder.at("main/.git")], "control: the genuine one is believed");
  folder.write(".ssh/id_ed25519", "key");
  folder.write(".ssh/config", "Host *\n");
  writeFileSync(folder.at("tree/.git"), `gitdir: ${forge(folder)}\n`);
  return findGitDirectories(folder.at("tree"));
}

/** An entry inside of the project, as git makes them, which claims a common directory. */
function forgeEntry(folder: Folder, common: string): string {
  const entry = folder.directory("tree/worktrees/x");
  writeFileSync(join(entry, "gitdir"), folder.at("tree/.git"));
  writeFileSync(join(entry, "commondir"), common);
  return entry;
}

function makeRepository(): Folder {
  const folder = new Folder();
  git(folder.path, "init", "-q", "main");
  folder.write("main/file", "text\n");
  git(folder.at("main"), "add", "file");
  git(folder.at("main"), "commit", "-q", "-m", "first");
  return folder;
}

function makeSubmodule(folder: Folder = makeRepository()): Folder {
  git(folder.path, "init", "-q", "super");
  git(folder.at("super"), "submodule", "--quiet", "add", folder.at("main"), "lib/sub");
  return folder;
}

/** git with an identity and nothing of the machine's configuration. */
function git(cwd: string, ...args: string[]): string {
  const options = ["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...options, ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"],
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.org",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.org",
    },
  }).trim();
}
