import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { GIT_NAMES, PROJECT_NAMES, SHELL_NAMES } from "../../src/plan/protected.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** What the host later runs or obeys stays as it is in a writable project. */

const DIRECTORIES = new Set(
  ".vscode .idea .husky .codex .claude/hooks .claude/commands .claude/agents .git/hooks".split(" "),
);
const NAMES = [
  ...PROJECT_NAMES.map(({ name }) => name),
  ...GIT_NAMES.map(({ name }) => `.git/${name}`),
];

/** Acts on `$1`, each of which would change what is there, or make what is not. */
const ACTS: Record<string, string> = {
  write: 'if [ -d "$1" ]; then echo theirs > "$1/new"; else echo theirs > "$1"; fi',
  append: 'if [ -d "$1" ]; then echo theirs >> "$1/new"; else echo theirs >> "$1"; fi',
  rename: 'echo theirs > "$d/t"; rm -rf "$1"; mv -fT "$d/t" "$1"',
  "rename away": 'mv -T "$1" "$d/away"',
  link: 'rm -rf "$1"; ln -s /tmp "$1"',
  "hard link": 'echo theirs > "$d/t"; rm -rf "$1"; ln -f "$d/t" "$1"',
  remove: 'rm -rf "$1" && [ ! -e "$1" ] && mkdir -p "$1"',
  directory: 'rm -rf "$1"; mkdir "$1"',
  mode: 'chmod 777 "$1"',
};

describe("what the host later runs", () => {
  for (const isThere of [true, false]) {
    test(`cannot be changed or made inside, ${isThere ? "there" : "missing"} before, and leaves no trace`, (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld(isThere);
      const before = list(world.project);
      const { stdout, stderr, status } = world.inside(attempt(NAMES));
      assert.equal(status, 0, stderr);
      assert.equal(stdout, "");
      assert.deepEqual(list(world.project), before);
      for (const name of isThere ? NAMES : []) {
        assert.equal(readFileSync(contentOf(world, name), "utf8"), textOf(name));
      }
    });
  }

  for (const name of NAMES) {
    test(`${name} can be when it is unprotected by name, and by its name alone`, (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld(true);
      const flags = ["--unprotect", name];
      const { stdout } = world.inside(attempt([name]), { flags });
      assert.deepEqual(
        stdout.trim().split("\n"),
        Object.keys(ACTS).map((act) => `${act} ${name}`),
      );
      const others = NAMES.filter((each) => each !== name);
      assert.equal(world.inside(attempt(others), { flags }).stdout, "");
    });
  }

  test("cannot be moved away with what it is in", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(true);
    for (const parent of [".git", ".git/info", ".claude"]) {
      const { stderr, status } = world.inside(`mv ${parent} away`);
      assert.match(stderr, /Device or resource busy/u);
      assert.notEqual(status, 0);
    }
    assert.equal(world.inside("mv .claude away", { flags: ["--unprotect", ".claude"] }).status, 0);
  });

  test("is more when the user says so, in a directory that is missing too", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(false);
    const script = "echo x > Makefile; mkdir -p a/b && echo x > a/b/c";
    const { stderr } = world.inside(script, {
      flags: ["--protect", "Makefile", "--protect", "a/b/c"],
    });
    assert.match(stderr, /Makefile: Permission denied/u);
    assert.match(stderr, /cannot create directory .*(?:Read-only file system|Permission denied)/u);
    assert.deepEqual(
      ["Makefile", "a"].map((each) => existsSync(join(world.project, each))),
      [false, false],
    );
    assert.equal(world.inside(script).status, 0);
  });

  test("is not protected by halves: a link stops the launch, and says how to go on", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(false);
    symlinkSync("elsewhere", join(world.project, ".envrc"));
    const { status, stderr } = world.inside("true");
    assert.equal(status, 125);
    assert.match(stderr, /`\.envrc` cannot be protected: `.*\.envrc` is a link/u);
    assert.match(stderr, /unprotect = \["\.envrc"\]/u);
    assert.equal(world.inside("true", { flags: ["--unprotect", ".envrc"] }).status, 0);
  });

  test("is what shells read, where a project holds any of that; elsewhere it can be made", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(false);
    const names = SHELL_NAMES.map(({ name }) => name);
    const make = names.map((name) => `echo x >${name} && echo made`).join("; ");
    world.write("work/project/.zshrc", "mine\n");
    const before = list(world.project);
    assert.equal(world.inside(make).stdout, "");
    assert.deepEqual(list(world.project), before);
    assert.equal(readFileSync(join(world.project, ".zshrc"), "utf8"), "mine\n");
    rmSync(join(world.project, ".zshrc"));
    assert.equal(world.inside(make).stdout, "made\n".repeat(names.length));
  });

  test("is named with its reason by --dry-run, which makes nothing", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(false);
    const { stdout } = world.pale(["run", "--dry-run", "--", "true"]);
    for (const { name, why } of PROJECT_NAMES.filter((each) => !each.name.includes("/"))) {
      assert.ok(stdout.includes(`${join(world.project, name)}  # protected: ${why}`), name);
    }
    assert.deepEqual(list(world.project), [".git"]);
  });

  test("is, for a project without git, also a git directory, unless that is unprotected", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "git")) return;
    using world = makeWorld(false);
    rmSync(join(world.project, ".git"), { recursive: true });
    assert.match(world.inside("git init").stderr, /Read-only file system|Permission denied/u);
    assert.deepEqual(list(world.project), []);
    assert.equal(world.inside("git init", { flags: ["--unprotect", ".git"] }).status, 0);
  });

  test("in an agent's state: by the mount's own list", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(false);
    const mount =
      'host = "~/state", access = "rw", create = true, protect = ["s.json", "hooks", "a/b"]';
    world.write(".config/pale/config.toml", `mounts = [{ ${mount} }]\n`);
    const script =
      "cd ~/state; cat s.json; echo x > s.json; echo x > hooks/h; mkdir a; echo x > free";
    const { stdout, stderr } = world.inside(script);
    assert.equal(stdout, "{}");
    assert.equal(stderr.match(/Read-only file system|File exists/gu)?.length, 3, stderr);
    assert.deepEqual(list(join(world.home, "state")), ["free"]);
    const { status } = world.inside("cd ~/state && echo x > s.json", {
      flags: ["--unprotect", "~/state/s.json"],
    });
    assert.equal(status, 0);
  });

  test("is what it is for `--unprotect`: another name is an error", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld(false);
    const { status, stderr } = world.inside("true", { flags: ["--unprotect", ".envrx"] });
    assert.equal(status, 125);
    assert.match(stderr, /`\.envrx` is not protected/u);
  });
});

/** Prints `ACT NAME` for each act that succeeds. */
function attempt(names: readonly string[]): string {
  const acts = Object.entries(ACTS).map(
    ([act, script]) => `(set -e; ${script}) >/dev/null 2>&1 && echo "${act} $1"; cleanup "$1"`,
  );
  const cleanup = `cleanup() { rm -rf "$d/away" "$d/t"; } 2>/dev/null`;
  return [
    cleanup,
    "act() {",
    'd=$(dirname "$1")',
    ...acts,
    "}",
    ...names.map((name) => `act ${name}`),
    "true",
  ].join("\n");
}

function makeWorld(isThere: boolean): World {
  const world = new World();
  for (const name of isThere ? NAMES : []) {
    const file = contentOf(world, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(name));
  }
  return world;
}

function contentOf({ project }: World, name: string): string {
  return DIRECTORIES.has(name) ? join(project, name, "file") : join(project, name);
}

function textOf(name: string): string {
  return name === ".pale.toml" ? "# mine\n" : "mine\n";
}

function list(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true }).map(String);
  return names
    .filter((name) => lstatSync(join(directory, name), { throwIfNoEntry: false }))
    .toSorted();
}
