import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { renderCompletion } from "../../src/completion/render.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTools, skip } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE } from "../helpers/world.ts";
import { DEFINITION } from "./definitions.ts";

/** What is typed before Tab, and what is on the screen then; the prompt is a `$`. */
const ROWS: [typed: string, shown: RegExp][] = [
  ["pale sch", /\$ pale schema/u],
  ["pale shims rem", /\$ pale shims remove/u],
  ["pale run --netw", /\$ pale run --network/u],
  ["pale run --network fil", /\$ pale run --network filtered/u],
  ["pale run --network=fil", /\$ pale run --network=filtered/u],
  ["pale run --profile offl", /\$ pale run --profile offline/u],
  ["pale run -u offl", /\$ pale run -u offline/u],
  ["pale show offl", /\$ pale show offline/u],
  ["pale run --ro a-fi", /\$ pale run --ro a-file/u],
  ["pale run --project=b-d", /\$ pale run --project=b-directory\//u],
  ["pale run --env PALE_TEST_V", /\$ pale run --env PALE_TEST_VARIABLE/u],
  ["pale run --limit mem", /\$ pale run --limit memory=/u],
  ["pale allow refu", /\$ pale allow refused\.example/u],
  ["pale selftest -- --netw", /\$ pale selftest -- --network/u],
  ["pale run -- own-com", /\$ pale run -- own-command/u],
  ["pale run --network none own-command alp", /own-command alpha/u],
  ["pale run -- own-command alp", /\$ pale run -- own-command alpha/u],
  // The shims go by the name of what they stand for.
  ["claude alp", /\$ claude alpha/u],
  ["claude-raw x alp", /\$ claude-raw x alpha/u],
];

/** Words of the commands `own-command` and `claude`, as their authors give them. */
const OWN: Record<Shell, string> = {
  bash: `_own() { COMPREPLY=($(compgen -W 'alpha beta' -- "$2")); }; complete -F _own own-command claude`,
  zsh: `_own() { compadd alpha beta }; compdef _own own-command claude`,
  fish: `complete -c own-command -a 'alpha beta'; complete -c claude -a 'alpha beta'`,
};

type Shell = "bash" | "zsh" | "fish";

/** How the shell reads the file that it is started with, and no other. */
const START: Record<Shell, (file: string) => string> = {
  bash: (file) => `exec bash --rcfile ${file}`,
  zsh: (file) => `mv ${file} .zshrc; ZDOTDIR=$PWD exec zsh -o no_global_rcs`,
  fish: (file) => `exec fish --no-config -C 'source ${file}'`,
};

const PREPARE: Record<Shell, string> = {
  bash: 'PS1="$ "',
  zsh: 'PS1="$ "; autoload -Uz compinit; compinit -D',
  fish: "function fish_prompt; echo -n '$ '; end; function fish_right_prompt; end",
};

function load(shell: Shell): string {
  return shell === "fish"
    ? `${PALE} shellenv fish | source`
    : `eval "$(${PALE} shellenv ${shell})"`;
}

describe("Tab, after pale shellenv, in", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    test(shell, async (context) => {
      if (!requireTools(context, ["tmux", shell])) return;
      using home = makeHome();
      await check(home, shell, [PREPARE[shell], OWN[shell], load(shell)]);
    });
  }

  test("bash with bash-completion", async (context) => {
    if (!requireTools(context, ["tmux", "bash"])) return;
    const file = "/usr/share/bash-completion/bash_completion";
    if (!existsSync(file)) return skip(context, `no ${file}`);
    using home = makeHome();
    await check(home, "bash", [PREPARE.bash, `. ${file}`, OWN.bash, load("bash")]);
  });
});

async function check(home: Folder, shell: Shell, lines: readonly string[]): Promise<void> {
  home.link("bin/pale", PALE);
  using terminal = await open(home, shell, lines);
  for (const [typed, shown] of ROWS) {
    await type(terminal, typed);
    await terminal.shows(shown);
  }
}

/** A terminal with this shell in it, which has read these lines when it starts. */
async function open(home: Folder, shell: Shell, lines: readonly string[]): Promise<Terminal> {
  const file = home.write("startup", [...lines, ""].join("\n"));
  const terminal = new Terminal(home.directory("work"), environment(home));
  await terminal.shows(/\$$/u);
  terminal.line(`clear; ${START[shell](file)}`);
  await terminal.shows(/^\$$/u);
  return terminal;
}

/** Type words and Tab on an empty screen. */
async function type(terminal: Terminal, typed: string): Promise<void> {
  terminal.key("C-u");
  terminal.line("clear; echo rea''dy");
  await terminal.shows(/^ready\n\$\s*$/mu);
  terminal.type(typed);
  terminal.key("Tab");
}

function makeHome(): Folder {
  const home = new Folder();
  home.write(".config/pale/config.toml", '[profile.offline]\nnetwork = "none"\n');
  home.write("work/a-file");
  home.directory("work/b-directory");
  home.write("bin/own-command", "#!/bin/sh\n", 0o755);
  const entry = {
    time: "2026-01-01T00:00:00.000Z",
    sandbox: "1-a",
    profile: "default",
    project: "/work",
    door: "proxy",
    host: "refused.example",
    port: 443,
    verdict: "deny",
    reason: "not-listed",
  };
  home.write(".local/state/pale/log", `${JSON.stringify(entry)}\n`);
  spawnSync(PALE, ["shims"], { env: environment(home) });
  return home;
}

function environment(home: Folder): Record<string, string> {
  const PATH = `${home.at("bin")}:/usr/bin:/bin`;
  return { HOME: home.path, PATH, TERM: "xterm", PALE_TEST_VARIABLE: "1" };
}

/** What a configuration or a log might hold, were nothing checked before. */
const HOSTILE = [
  "$(touch made)",
  "`touch made`",
  "'; touch made; '",
  "{a,b}",
  "~root",
  "a:b c",
  "*",
];

describe("names that are commands are words, in", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    test(shell, async (context) => {
      if (!requireTools(context, ["tmux", shell])) return;
      using home = makeHome();
      const words = HOSTILE.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
      const fake = home.write("fake", `#!/bin/sh\nprintf '%s\\n' ${words.join(" ")}\n`, 0o755);
      const script = home.write("script", renderCompletion(shell, DEFINITION, fake));
      home.write("bin/pale", '#!/bin/sh\necho "got <$3>"\n', 0o755);
      using terminal = await open(home, shell, [PREPARE[shell], `. ${script}`]);
      for (const [typed, got] of TYPED) {
        await type(terminal, `pale run --profile ${typed}`);
        await terminal.shows(/touch\\? made|b\\? c/u);
        terminal.key("Enter");
        await terminal.shows(got);
      }
      assert.ok(!existsSync(home.at("work/made")));
      terminal.line("echo $(touch made)");
      await terminal.shows(/echo \$\(touch made\)/u);
      while (!existsSync(home.at("work/made"))) await terminal.shows(/./u);
    });
  }
});

const TYPED: [string, RegExp][] = [
  [String.raw`\$`, /got <\$\(touch made\)>/u],
  [String.raw`\``, /got <`touch made`>/u],
  ["a:b", /got <a:b c>/u],
];

test("pale complete is silent about what is wrong, and leaves out what moves the cursor", (context) => {
  if (!requireTools(context, ["bash"])) return;
  using home = makeHome();
  const ask = (list: string, env = environment(home)) => {
    const { status, stdout, stderr } = spawnSync(PALE, ["complete", list], {
      env,
      encoding: "utf8",
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    return stdout.split("\n");
  };
  assert.ok(ask("profile").includes("offline"), "the control");
  assert.deepEqual(ask("denied-host"), ["refused.example\trefused to default", ""]);
  assert.deepEqual(ask("toString"), [""]);
  assert.deepEqual(ask("profile", { PATH: "/usr/bin" }), [""], "no HOME");
  home.write(".config/pale/config.toml", "[profile.offline\n");
  assert.deepEqual(ask("profile"), [""], "broken");
  assert.deepEqual(ask("sandbox"), [""], "none runs");
});
