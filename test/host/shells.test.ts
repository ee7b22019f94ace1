import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Resolution, ShellMode } from "../../src/doctor/facts.ts";
import { askShells } from "../../src/host/shells.ts";
import { renderShims } from "../../src/shim/render.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";
import { until } from "../helpers/running.ts";

/** A home with a shim and its way out, and a startup file that puts them first. */
function makeHome(lines: string, file = ".bashrc"): Folder {
  const home = new Folder();
  for (const { name, text } of renderShims({ name: "claude", pale: "/opt/pale" })) {
    home.write(`shims/${name}`, text, 0o755);
  }
  const first = file.endsWith(".fish") ? "set -gx PATH ~/shims $PATH" : "PATH=~/shims:$PATH";
  home.write(file, `${first}\n${lines}\n`);
  return home;
}

async function ask(home: Folder, shell: string): Promise<Resolution | undefined> {
  return (await askEvery(home, shell))("interactive");
}

type Answers = (mode: ShellMode) => Resolution | undefined;

/** What it runs, by the way in which it is started; `given` in its environment. */
async function askEvery(
  home: Folder,
  shell: string,
  given: Record<string, string> = {},
): Promise<Answers> {
  const environment = { HOME: home.path, PATH: "/usr/bin:/bin", TERM: "xterm", ...given };
  const facts = await askShells(["claude"], environment, [shell]);
  return (wanted) => facts.find(({ mode }) => mode === wanted)?.answers[0]?.runs;
}

const SHIM = "the shim";

const ROWS: [what: string, shell: string, line: string, runs: string][] = [
  ["nothing", "bash", "", SHIM],
  [
    "the way out under its name",
    "bash",
    "mkdir -p ~/b; cp ~/shims/claude-raw ~/b/claude; PATH=~/b:$PATH",
    "/b/claude",
  ],
  ["an alias for the way out", "bash", "alias claude=claude-raw", "alias claude='claude-raw'"],
  ["an alias with words of its own", "bash", `alias claude='claude --model "opus x"'`, SHIM],
  ["an alias for the shim's path", "bash", 'alias claude="$HOME/shims/claude --continue"', SHIM],
  [
    "an alias with words, in front of another program",
    "bash",
    "mkdir -p ~/b; echo >~/b/claude; chmod +x ~/b/claude; PATH=~/b:$PATH; alias claude='claude -c'",
    "alias claude='claude -c'",
  ],
  [
    "an alias of two commands",
    "bash",
    "alias claude='claude --version; claude-raw'",
    "alias claude='claude --version; claude-raw'",
  ],
  [
    "an alias with variables, by way of `env` and `command`",
    "bash",
    `alias claude="A='b c' D=\\$HOME/.d env E=1 command claude -c"`,
    SHIM,
  ],
  [
    "an alias with another PATH",
    "bash",
    "alias claude='PATH=/usr/bin claude'",
    "alias claude='PATH=/usr/bin claude'",
  ],
  [
    "an alias with a variable, for the way out",
    "bash",
    "alias claude='A=1 claude-raw'",
    "alias claude='A=1 claude-raw'",
  ],
  ["an alias that is not for the history", "bash", "alias claude=' claude'", SHIM],
  ["an alias that takes no patterns", "zsh", "alias claude='noglob claude'", SHIM],
  ["an alias with words of its own", "zsh", "alias claude='claude --model opus'", SHIM],
  [
    "a global alias for the way out",
    "zsh",
    "alias -g claude=claude-raw",
    "alias -g claude=claude-raw",
  ],
  [
    "an abbreviation for the way out",
    "fish",
    "abbr -a claude claude-raw",
    "abbr -a -- claude claude-raw",
  ],
  ["an abbreviation with words of its own", "fish", "abbr -a claude 'claude --model opus'", SHIM],
  ["an alias with words of its own", "fish", "alias claude 'claude --model opus'", SHIM],
  ["an alias for the way out", "fish", "alias claude claude-raw", "alias claude claude-raw"],
  [
    "an alias with words, in front of another program",
    "fish",
    "mkdir -p ~/b; echo >~/b/claude; chmod +x ~/b/claude; set PATH ~/b $PATH; alias claude 'claude -c'",
    "alias claude 'claude -c'",
  ],
  ["a function of that name", "fish", "function claude; claude-raw; end", "a function"],
];

const FILES: Record<string, string> = {
  bash: ".bashrc",
  zsh: ".zshrc",
  fish: ".config/fish/config.fish",
};

describe("what a shell runs", () => {
  for (const [what, shell, line, expected] of ROWS) {
    test(`with ${what}, in ${shell}`, async (context) => {
      if (requireTool(context, shell) === undefined) return;
      using home = makeHome(line, FILES[shell]);
      const runs = await ask(home, shell);
      if (expected === SHIM) return assert.deepEqual(runs, { kind: "shim" });
      if (expected === "a function") return assert.deepEqual(runs, { kind: "function" });
      const said = runs?.kind === "alias" ? runs.text : runs?.kind === "file" && runs.path;
      // fish has written the scope into it until 3.6.
      assert.equal(said && said.replace(home.path, "").replace("-a -U --", "-a --"), expected);
    });
  }

  for (const [shell, line] of [
    ["bash", 'cd() { builtin cd "$@"; PATH=~/b:$PATH; }'],
    ["zsh", "load() { path=(~/b $path) }; autoload -U add-zsh-hook; add-zsh-hook chpwd load"],
    ["zsh", "precmd() { path=(~/b $path) }"],
    ["zsh", "setopt ksh_arrays; a() {}; b() { path=(~/b $path) }; precmd_functions=(a b)"],
    ["zsh", "setopt no_unset; unset precmd_functions; chpwd() { path=(~/b $path) }"],
    ["bash", 'PROMPT_COMMAND=(true "PATH=~/b:$PATH")'],
    ["fish", "function load --on-variable PWD; set -gx PATH ~/b $PATH; end"],
  ] as const) {
    test(`is another program in ${shell} once a hook has run: ${line}`, async (context) => {
      if (requireTool(context, shell) === undefined) return;
      using home = makeHome(line, FILES[shell]);
      assert.deepEqual(await ask(home, shell), { kind: "shim" }, "control");
      const path = home.write("b/claude", "#!/bin/sh\n", 0o755);
      assert.deepEqual(await ask(home, shell), { kind: "hook", path });
    });
  }

  for (const hook of ["history -w", "history -w ~/.bash_history"]) {
    test(`is asked without emptying bash's history: ${hook}`, async () => {
      using home = makeHome(`PROMPT_COMMAND="PATH=~/b:$PATH; ${hook}"`);
      home.write(".bash_history", "one\ntwo\n");
      const path = home.write("b/claude", "#!/bin/sh\n", 0o755);
      assert.deepEqual(await ask(home, "bash"), { kind: "hook", path }, "the hook has run");
      assert.equal(readFileSync(home.at(".bash_history"), "utf8"), "one\ntwo\n");
    });
  }

  test("is known of every name where a hook ends the shell, and of none where it ends in between", async () => {
    using home = makeHome("PROMPT_COMMAND=exit");
    const environment = { HOME: home.path, PATH: "/usr/bin:/bin" };
    const count = async () => {
      const facts = await askShells(["claude", "claude-raw"], environment, ["bash"]);
      return facts.find(({ mode }) => mode === "interactive")?.answers.length;
    };
    assert.equal(await count(), 2);
    home.write(".bashrc", "claude() { :; }; set -e");
    assert.equal(await count(), 0);
  });

  test("is asked with what the session has set, and a log-in without what only a desktop has", async () => {
    using home = makeHome('PATH=$XDG_DATA_HOME:$PATH; [ "$SSH_AUTH_SOCK" ] || echo >~/no-agent');
    home.write(".profile", '[ "$SSH_AUTH_SOCK" ] && PATH=~/shims${XDG_DATA_HOME}:$PATH\n');
    const path = home.write("data/claude", "#!/bin/sh\n", 0o755);
    const given = { XDG_DATA_HOME: home.at("data"), SSH_AUTH_SOCK: "/run/agent" };
    const find = await askEvery(home, "bash", given);
    assert.deepEqual(find("interactive"), { kind: "file", path });
    assert.deepEqual(find("login"), { kind: "shim" });
    assert.equal(existsSync(home.at("no-agent")), false);
  });

  test("is known as soon as it has ended, though it leaves a program running", async (context) => {
    if (requireTool(context, "setsid") === undefined) return;
    using home = makeHome("setsid sleep 600 & echo $! >>~/pids");
    const start = performance.now();
    try {
      assert.deepEqual(await ask(home, "bash"), { kind: "shim" });
      // A shell that is waited for to its time limit takes 15 seconds, and there are two.
      assert.ok(performance.now() - start < 25_000);
    } finally {
      endAll(home);
    }
  });

  test("is asked no more when somebody presses Ctrl-C, and nothing is left", async () => {
    using home = makeHome("echo $$ >~/pids; sleep 600");
    home.write("tmp/README", "");
    const env = { HOME: home.path, PATH: process.env["PATH"] ?? "", TMPDIR: home.at("tmp") };
    const module = join(import.meta.dirname, "../../src/host/shells.ts");
    const script = `(await import(${JSON.stringify(module)})).askShells(["claude"], process.env)`;
    const doctor = spawn(process.execPath, ["-e", script], { env, stdio: "ignore" });
    const readPid = () => existsSync(home.at("pids")) && readFileSync(home.at("pids"), "utf8");
    await until(
      () => Boolean(readPid()),
      () => "the shell has not started",
    );
    assert.equal(readdirSync(home.at("tmp")).length, 2, "control");
    const shell = Number(readPid());
    doctor.kill("SIGINT");
    const [, signal] = await once(doctor, "exit");
    assert.equal(signal, "SIGINT");
    assert.deepEqual(readdirSync(home.at("tmp")), ["README"]);
    await until(
      () => !existsSync(`/proc/${shell}/exe`),
      () => "the shell is still there",
    );
  });

  test("of a Nix profile is asked, too: NixOS has no other in /bin than sh", async () => {
    using home = makeHome("alias claude=claude-raw");
    const name = "bash-of-a-profile";
    const environment = { HOME: home.path, PATH: "/usr/bin:/bin" };
    assert.deepEqual(await askShells(["claude"], environment, [name]), [], "control");
    home.link(`.nix-profile/bin/${name}`, "/bin/bash");
    assert.deepEqual(await ask(home, name), { kind: "alias", text: "alias claude='claude-raw'" });
  });

  test("of fish is asked with all that stands below its directories, and none are made", async (context) => {
    if (requireTool(context, "fish") === undefined) return;
    using home = makeHome(
      "set -gx PATH (cat $XDG_DATA_HOME/tool/path; or echo /none) $PATH",
      "conf/fish/config.fish",
    );
    home.write("data/tool/path", home.at("data/tool/bin"));
    home.write("data/tool/bin/claude", "#!/bin/sh\n", 0o755);
    const places = { XDG_CONFIG_HOME: home.at("conf"), XDG_DATA_HOME: home.at("data") };
    const runs = await askEvery(home, "fish", places);
    assert.deepEqual(runs("plain"), { kind: "file", path: home.at("data/tool/bin/claude") });
    assert.deepEqual(readdirSync(home.at("data")), ["tool"]);
    assert.equal(existsSync(home.at(".cache")), false);
  });
});

function endAll(home: Folder): void {
  for (const line of readFileSync(home.at("pids"), "utf8").trim().split("\n")) {
    process.kill(Number(line), "SIGKILL");
  }
}
