import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Folder } from "../helpers/folder.ts";
import { requireSandbox, requireTool, requireTools } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE } from "../helpers/world.ts";

/** As distributions and tools write them: some stop early, all put something first on PATH. */
const STARTUP_FILES = {
  ".bashrc": "case $- in *i*) ;; *) return ;; esac\nPATH=$HOME/bin:$PATH",
  ".profile": '[ -n "$BASH_VERSION" ] && . "$HOME/.bashrc"\nPATH="$HOME/bin:$PATH"\n',
  ".zshenv": "export PATH=$HOME/bin:$PATH\n",
  ".zprofile": "path=($HOME/bin $path)\n",
  ".zshrc": "path=($HOME/bin $path)",
  ".zlogin": "path=($HOME/bin $path)\n",
  ".config/fish/conf.d/tool.fish": "set -gx PATH $HOME/bin $PATH\n",
};

/** Which `claude` runs, with the options of the shell before the command. */
const ROWS: [shell: string, options: string, isReached: boolean][] = [
  ["bash", "-l -i", true],
  ["bash", "-l", true],
  ["bash", "-i", true],
  // Reads no file but the one that BASH_ENV names.
  ["bash", "", false],
  ["zsh", "-l -i", true],
  ["zsh", "-l", true],
  ["zsh", "-i", true],
  ["zsh", "", true],
  ["fish", "-l -i", true],
  ["fish", "-l", true],
  ["fish", "-i", true],
  ["fish", "", true],
  ["dash", "-l", true],
  ["dash", "", false],
];

describe("after pale setup, `claude` is the shim", () => {
  for (const [shell, options, isReached] of ROWS) {
    test(`${isReached ? "" : "not "}in ${shell} ${options}`, (context) => {
      if (requireTool(context, shell) === undefined) return;
      using home = makeHome();
      const shim = shimIn(home);
      const real = home.at("bin/claude");
      assert.equal(find(home, shell, options), real, "control");
      setUpAll(home);
      assert.equal(find(home, shell, options), isReached ? shim : real);
      pale(home, {}, "teardown", "--yes");
      assert.equal(find(home, shell, options), real, "as before");
    });
  }

  test("in bash with ~/.bash_profile, which hides ~/.profile", (context) => {
    if (requireTool(context, "bash") === undefined) return;
    using home = makeHome();
    home.write(".bash_profile", "PATH=$HOME/bin:$PATH\n");
    pale(home, {}, "setup", "--yes", "--shell", "bash");
    assert.equal(find(home, "bash", "-l"), shimIn(home));
    assert.equal(readFileSync(home.at(".profile"), "utf8"), STARTUP_FILES[".profile"]);
  });

  for (const options of ["-l -i", "-i", ""]) {
    test(`in zsh ${options} whose files are in ZDOTDIR`, (context) => {
      if (requireTool(context, "zsh") === undefined) return;
      using home = makeHome();
      const directory = home.directory(".config/zsh");
      home.write(".zshenv", `export ZDOTDIR=${directory}\nPATH=$HOME/bin:$PATH\n`);
      home.write(".config/zsh/.zshrc", "path=($HOME/bin $path)\n");
      assert.equal(find(home, "zsh", options), home.at("bin/claude"), "control");
      pale(home, { ZDOTDIR: directory }, "setup", "--yes", "--shell", "zsh");
      assert.equal(find(home, "zsh", options), shimIn(home));
      assert.equal(readFileSync(home.at(".zshrc"), "utf8"), STARTUP_FILES[".zshrc"]);
    });
  }
});

for (const [shell, options] of ROWS.flatMap(([shell, options, isReached]) =>
  isReached ? [[shell, options] as const] : [],
)) {
  test(`in ${shell} ${options} that is started in a directory which is gone, too`, (context) => {
    if (requireTool(context, shell) === undefined) return;
    using home = makeHome();
    setUpAll(home);
    const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
    const shim = shimIn(home);
    const words = [home.at("gone"), shell, ...options.split(" ").filter(Boolean)];
    assert.equal(findBy(home, ["sh", "-c", script, ...words]), shim);
  });
}

for (const [shell, options, path] of [
  ["bash", "-l", ".profile"],
  ["bash", "-i", ".bashrc"],
  ["zsh", "", ".zshenv"],
  ["fish", "", ".config/fish/conf.d/zz-pale.fish"],
  ["sh", "-l", ".profile"],
] as const) {
  test(`in ${shell} ${options} whose pale cannot be started, so that nothing runs without it`, (context) => {
    if (requireTool(context, shell) === undefined) return;
    using home = makeHome();
    setUpAll(home);
    const text = readFileSync(home.at(path), "utf8");
    assert.ok(text.includes(PALE));
    home.write(path, text.replaceAll(PALE, "/gone/pale"));
    assert.equal(find(home, shell, options), shimIn(home));
  });
}

test("pale setup finds a ZDOTDIR that is not exported, and teardown what was set up under another one", (context) => {
  if (requireTool(context, "zsh") === undefined) return;
  using home = makeHome();
  const shim = shimIn(home);
  home.write(".zshenv", "ZDOTDIR=$HOME/.config/zsh\n");
  home.write(".config/zsh/.zshrc", "path=($HOME/bin $path)\n");
  pale(home, {}, "setup", "--yes", "--shell", "zsh");
  assert.equal(find(home, "zsh", "-i"), shim);
  assert.equal(readFileSync(home.at(".zshrc"), "utf8"), STARTUP_FILES[".zshrc"]);
  pale(home, {}, "setup", "--yes", "--shell", "fish");
  const others = { XDG_CONFIG_HOME: home.directory("other") };
  pale(home, others, "setup", "--yes", "--shell", "fish");
  const files = [".config", "other"].map((name) => home.at(`${name}/fish/conf.d/zz-pale.fish`));
  assert.deepEqual(files.map(existsSync), [true, true], "control");
  pale(home, others, "teardown", "--yes");
  assert.deepEqual(files.map(existsSync), [false, false]);
  assert.equal(readFileSync(home.at(".config/zsh/.zshrc"), "utf8"), "path=($HOME/bin $path)\n");
});

test("pale setup leaves alone what is mounted from elsewhere, and changes the rest", (context) => {
  if (requireSandbox(context) === undefined) return;
  using home = makeHome();
  const [kept, file] = [home.write("kept/bashrc", "a=1\n"), home.at(".bashrc")];
  const argv = ["--dev-bind", "/", "/", "--bind", kept, file, PALE];
  const { status, stdout, stderr } = spawnSync(
    "bwrap",
    [...argv, "setup", "--yes", "--shell", "bash"],
    { env: environment(home), encoding: "utf8" },
  );
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.match(stdout, /~\/\.bashrc: left alone \(mounted from elsewhere: .*\n {2}add this as/u);
  assert.equal(readFileSync(kept, "utf8"), "a=1\n");
  assert.match(readFileSync(home.at(".profile"), "utf8"), /shellenv sh/u, "control");
});

test("pale setup asks on a terminal, after it has shown what it would change", async (context) => {
  if (!requireTools(context, ["tmux", "bash"])) return;
  using home = makeHome();
  const before = readFileSync(home.at(".bashrc"), "utf8");
  using terminal = new Terminal(home.path, environment(home));
  terminal.line(`clear; ${PALE} setup --shell bash`);
  await terminal.shows(/\+ # >>> pale >>>[\s\S]*change these files\? \[y\/N\]/u);
  terminal.line("n");
  await terminal.shows(/nothing is changed[^]*\n\$$/u);
  assert.equal(readFileSync(home.at(".bashrc"), "utf8"), before);
  // Else what is on the screen already could be taken for what is to come.
  terminal.line("clear");
  await terminal.shows(/^\$$/u);
  terminal.line(`${PALE} setup --shell bash`);
  await terminal.shows(/change these files\? \[y\/N\]/u);
  terminal.line("y");
  await terminal.shows(/new shells have the shims first on PATH[^]*\n\$$/u);
  terminal.line("clear");
  await terminal.shows(/^\$$/u);
  terminal.line("bash -ic 'command -v claude'");
  await terminal.shows(/\.local\/share\/pale\/shims\/claude/u);
});

function makeHome(): Folder {
  const home = new Folder();
  for (const [name, text] of Object.entries(STARTUP_FILES)) home.write(name, text);
  home.write("bin/claude", "#!/bin/sh\n", 0o755);
  pale(home, {}, "shims");
  return home;
}

function environment(home: Folder): Record<string, string> {
  return {
    HOME: home.path,
    PATH: `/usr/bin:/bin:${home.at("bin")}`,
    TERM: "xterm",
    LC_ALL: "C.UTF-8",
  };
}

function pale(home: Folder, extra: Record<string, string>, ...argv: string[]): void {
  const options = { env: { ...environment(home), ...extra }, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(PALE, argv, options);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
}

function setUpAll(home: Folder): void {
  pale(home, {}, "setup", "--yes", "--shell", "bash", "zsh", "fish", "sh");
}

function shimIn(home: Folder): string {
  return home.at(".local/share/pale/shims/claude");
}

function find(home: Folder, shell: string, options: string): string | undefined {
  return findBy(home, [shell, ...options.split(" ").filter(Boolean)]);
}

/** @param argv a shell with its options, or what starts one */
function findBy(home: Folder, argv: readonly string[]): string | undefined {
  // In a session of its own: an interactive shell would take the terminal of the tests.
  const { stdout } = spawnSync("setsid", ["--wait", ...argv, "-c", "command -v claude"], {
    env: environment(home),
    encoding: "utf8",
  });
  return stdout.trim().split("\n").at(-1);
}
