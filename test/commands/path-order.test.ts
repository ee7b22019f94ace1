import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { SHELL_MODES } from "../../src/doctor/facts.ts";
import type { ShellMode } from "../../src/doctor/facts.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { judgeShims } from "../../src/doctor/judge-shims.ts";
import { askShells } from "../../src/host/shells.ts";
import { SOUND } from "../doctor/sound.ts";
import { Folder } from "../helpers/folder.ts";
import { CHANGERS, PROFILE, RC } from "../helpers/path-changers.ts";
import type { Changer, ShellName } from "../helpers/path-changers.ts";
import { requireTool } from "../helpers/requires.ts";
import { PALE } from "../helpers/world.ts";

/**
 * Which `claude` each shell runs after `pale setup`, when a tool's line comes after pale's block;
 * what the doctor says of it, and that its remedy mends it. docs/path-order.md has the results.
 */
const PAGE = join(import.meta.dirname, "../../docs/path-order.md");
const RENEW = process.env["PALE_RENEW"] === "1";
const measured: string[] = [];

const OPTIONS: Record<ShellMode, string[]> = {
  login: ["-l"],
  interactive: ["-i"],
  "login, interactive": ["-l", "-i"],
  plain: [],
  minimal: [],
};

const SHELLS: ShellName[] = ["bash", "zsh", "fish", "sh"];

describe("who comes first on PATH", () => {
  for (const shell of SHELLS) {
    for (const changer of CHANGERS.filter(({ line }) => line[shell] !== undefined)) {
      test(`${shell}, ${changer.name}`, async (context) => {
        if (requireTool(context, shell) === undefined) return;
        using home = makeHome(shell);
        assert.notEqual(ask(home, { shell, mode: "login" }), "shim", "control");
        changer.prepare?.(home);
        setUp(home, shell);
        add(home, shell, changer);
        // `fish_add_path` writes to a file, and does something in the very first shell only.
        ask(home, { shell, mode: "login" });
        const before = SHELL_MODES.map((mode) => ask(home, { shell, mode }));
        const findings = await examine(home, shell);
        for (const [index, mode] of SHELL_MODES.entries()) {
          const finding = findings.find(({ check }) => check === `${shell} (${mode})`);
          assert.ok(finding);
          // Who is asked is what was started; a name that is not there is not the shim either.
          assert.equal(
            finding.verdict === "ok",
            before[index] === "shim",
            `${mode}: ${finding.detail}`,
          );
          if (finding.verdict !== "ok") mendAndAsk(home, { shell, mode, changer, finding });
        }
        record({ shell, changer }, before, findings);
      });
    }
  }

  after(() => {
    const page = readFileSync(PAGE, "utf8");
    const [head = "", table = ""] = page.split(/(?=^\| Shell \| After)/mu);
    const wanted = measured.map(squeeze);
    const known = new Set(wanted.map(nameRow));
    // Without one of the shells its rows are not measured.
    const rows = table
      .split("\n")
      .map(squeeze)
      .filter((row) => known.has(nameRow(row)));
    if (RENEW) {
      const top = [
        "| Shell | After the block | log-in | interactive | both | script | editor | doctor | mended by |",
      ];
      writeFileSync(
        PAGE,
        `${head}${[...top, "| - | - | - | - | - | - | - | - | - |", ...measured, ""].join("\n")}`,
      );
      return;
    }
    assert.deepEqual(rows, wanted, "renew docs/path-order.md: PALE_RENEW=1, then npm run format");
  });
});

function nameRow(row: string): string {
  return row.split("|").slice(1, 3).join("|");
}

function squeeze(row: string): string {
  return row.replaceAll(/\s+/gu, " ").trim();
}

const SKELETON: Partial<Record<string, string>> = {
  ".bashrc": "case $- in\n  *i*) ;;\n  *) return;;\nesac\nalias ll='ls -l'\n",
  ".profile": PROFILE.replace('[ -d "$HOME/tool" ]', "false"),
  ".zshenv": "typeset -U path\n",
  ".zshrc": "autoload -Uz compinit\nsetopt no_beep\n",
  ".config/fish/config.fish": "if status is-interactive\n  set -g fish_greeting\nend\n",
};

function makeHome(shell: ShellName): Folder {
  const home = new Folder();
  const names = Object.keys(SKELETON).filter((name) => name === RC[shell] || shell !== "sh");
  for (const name of names) home.write(name, SKELETON[name]);
  home.write("tool/claude", "#!/bin/sh\n", 0o755);
  home.directory("project");
  // Else fish reads every manual page of the machine, in the background, at its first start.
  home.directory(".local/share/fish/generated_completions");
  run(home, [PALE, "shims"]);
  return home;
}

function add(home: Folder, shell: ShellName, { file, line }: Changer): void {
  const text = (line[shell] ?? "").replace(
    "HOME",
    file[shell]?.endsWith("variables") ? home.path : "HOME",
  );
  const path = home.at(file[shell] ?? "");
  if (!file[shell]?.endsWith("variables")) return appendFileSync(path, `${text}\n`);
  home.write(
    file[shell] ?? "",
    `# This file contains fish universal variable definitions.\n# VERSION: 3.0\n${text}\n`,
  );
}

/** What a session has; an editor that a desktop started has less. */
function environment(home: Folder, mode: ShellMode): Record<string, string> {
  const path = "/usr/local/bin:/usr/bin:/bin";
  const own = { HOME: home.path, USER: "me", TERM: "xterm" };
  return mode === "minimal"
    ? { ...own, PATH: path }
    : { ...own, PATH: `${path}:${home.at("tool")}` };
}

function run(home: Folder, [command = "", ...words]: string[], mode: ShellMode = "plain"): string {
  const options = {
    env: environment(home, mode),
    cwd: home.at("project"),
    encoding: "utf8",
  } as const;
  return spawnSync("setsid", ["--wait", command, ...words], options).stdout;
}

function setUp(home: Folder, shell: ShellName): void {
  run(home, [PALE, "setup", "--yes", "--shell", shell]);
}

/** At the first prompt, where there is one. */
const PROMPTS: Record<ShellName, string> = {
  bash: 'eval "$PROMPT_COMMAND"; ',
  zsh: "for f in $precmd_functions; do $f; done; ",
  fish: "emit fish_prompt; ",
  sh: "",
};

type Found = "shim" | "real" | "none";

type Start = { shell: ShellName; mode: ShellMode; first?: string };

function ask(home: Folder, { shell, mode, first = "" }: Start): Found {
  const prompt = mode.includes("interactive") ? PROMPTS[shell] : "";
  const script = `${first}${prompt}printf "\\nfound:"; command -v claude; printf "\\n:"`;
  const said = run(home, [shell, ...OPTIONS[mode], "-c", script], mode);
  const [, found = ""] = /^found:(.*)$/mu.exec(said) ?? [];
  if (found === home.at(".local/share/pale/shims/claude")) return "shim";
  return found === "" ? "none" : "real";
}

async function examine(home: Folder, shell: ShellName): Promise<Finding[]> {
  const shells = await askShells(["claude"], environment(home, "plain"), [shell]);
  const directory = home.at(".local/share/pale/shims");
  const own = { directory, shells, loginShell: shell, setUp: [shell] };
  return judgeShims({ ...SOUND, shims: { ...SOUND.shims, ...own } });
}

type Finished = { shell: ShellName; mode: ShellMode; changer: Changer; finding: Finding };

/** Do what the remedy says, and nothing else. */
function mendAndAsk(home: Folder, { shell, mode, changer, finding }: Finished): void {
  const remedy = finding.remedy ?? "";
  const directory = home.at(".local/share/pale/shims");
  if (remedy === "pale setup") {
    setUp(home, shell);
  } else if (remedy.startsWith('eval "$(pale shellenv sh)"')) {
    const line = `eval "$(${PALE} shellenv sh)"; `;
    return assert.equal(ask(home, { shell, mode, first: line }), "shim", remedy);
  } else if (remedy.startsWith("in the settings of editors")) {
    return assert.match(readFileSync(join(directory, "claude"), "utf8"), /pale shim/u);
  } else if (changer.name === "direnv hook") {
    assert.ok(remedy.includes(`PATH_add ${directory} as the last line of .envrc`), remedy);
    appendFileSync(home.at("project/.envrc"), `PATH_add ${directory}\n`);
  } else {
    assert.match(remedy, /mise: mise activate --shims, then pale setup$/u);
    const file = home.at(RC[shell]);
    const text = readFileSync(file, "utf8");
    writeFileSync(
      file,
      text.replace(/mise activate (\w+)(?! --shims)\b/u, "mise activate $1 --shims"),
    );
    setUp(home, shell);
  }
  assert.equal(ask(home, { shell, mode }), "shim", `${mode}, after: ${remedy}`);
}

function record(
  { shell, changer }: Pick<Finished, "shell" | "changer">,
  found: Found[],
  findings: Finding[],
): void {
  const own = findings.filter(({ check }) => check.startsWith(`${shell} (`));
  const worst = ["fail", "warn", "ok"].find((verdict) =>
    own.some((each) => each.verdict === verdict),
  );
  const wrong = found.flatMap((each, index) => (each === "shim" ? [] : [own[index]?.remedy ?? ""]));
  const cells = found.map((each) => (each === "shim" ? "shim" : `**${each}**`));
  const remedies = [...new Set(wrong.map(shorten))].join("; ");
  measured.push(`| ${[shell, changer.name, ...cells, worst, remedies].join(" | ")} |`);
}

function shorten(remedy: string): string {
  if (remedy.startsWith("direnv:")) return "`PATH_add`, or `mise activate --shims`";
  if (remedy.startsWith("in the settings")) return "the shim's path in settings";
  return `\`${remedy.split("   ")[0]}\``;
}
