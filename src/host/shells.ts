import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { SHELL_MODES } from "../doctor/facts.ts";
import type { Resolution, ShellFact, ShellMode } from "../doctor/facts.ts";
import type { Environment } from "./directories.ts";
import { readHead, SHIM_MARK } from "./search.ts";

const SHELLS = ["bash", "zsh", "fish", "sh"];

/** A startup file may wait for something. */
const PATIENCE_MILLISECONDS = 15_000;

/**
 * Ask every shell of this machine, in every way that it is started, what it runs for some names.
 * The user's own startup files are run for that, as with every new terminal.
 */
export async function askShells(
  names: readonly string[],
  environment: Environment,
  wanted: readonly string[] = SHELLS,
): Promise<ShellFact[]> {
  const shells = wanted.filter((shell) => existsSync(`/bin/${shell}`));
  const asked = shells.flatMap((shell) => SHELL_MODES.map((mode) => ({ shell, mode })));
  const facts: ShellFact[] = [];
  const scratch = makeFishScratch();
  try {
    const env = { ...environment, [SCRATCH]: scratch };
    // One after the other: some startup files take a lock.
    for (const way of asked) facts.push(await askShell(way, names, env));
    return facts;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Way = { shell: string; mode: ShellMode };

async function askShell(
  way: Way,
  names: readonly string[],
  environment: Environment,
): Promise<ShellFact> {
  const said = await listen(way, renderQuestion(way, names), environment);
  const read = said
    .split(`\n${MARK} `)
    .slice(1, -1)
    .map((answer) => {
      const [name = "", first = ""] = answer.split("\n");
      return { name, runs: readResolution(name, first) };
    });
  const early = read.slice(0, names.length);
  const late = read.slice(names.length);
  return { ...way, answers: late.length < early.length ? early : late.map(noteHook(early)) };
}

type Answered = ShellFact["answers"][number];

/** What the shim was before the prompt's hooks ran, and is not after, is their doing. */
function noteHook(early: readonly Answered[]) {
  return (answer: Answered, index: number): Answered =>
    answer.runs.kind === "file" && early[index]?.runs.kind === "shim"
      ? { ...answer, runs: { ...answer.runs, kind: "hook" } }
      : answer;
}

const MARK = "pale-doctor:";

/** Asked twice of a shell with a prompt: direnv and mise change PATH when that is shown. */
function renderQuestion({ shell, mode }: Way, names: readonly string[]): string {
  const lines = names.map((name) => {
    // `command -v` in fish knows files only.
    const find =
      shell === "fish"
        ? `functions -q ${name}; and echo ${name}; or command -v ${name}`
        : `command -v ${name}`;
    return `printf '\\n${MARK} %s\\n' ${name}; ${find}`;
  });
  const hooks = mode.includes("interactive") ? HOOKS[shell] : undefined;
  // An interactive fish ends with an escape sequence, which is no answer.
  const end = `printf '\\n${MARK} \\n'`;
  return [...lines, ...(hooks === undefined ? [] : [hooks, ...lines]), end].join("\n");
}

const HOOKS: Record<string, string> = {
  bash: 'for pale_hook in "${PROMPT_COMMAND[@]}"; do eval "$pale_hook"; done',
  zsh: "for pale_hook in $precmd_functions; do $pale_hook; done",
  fish: "emit fish_prompt",
};

const FLAGS: Record<ShellMode, string[]> = {
  login: ["-l", "-c"],
  interactive: ["-i", "-c"],
  "login, interactive": ["-l", "-i", "-c"],
  plain: ["-c"],
  minimal: ["-c"],
};

/** In a session of its own: an interactive shell would take the terminal away. */
async function listen(
  { shell, mode }: Way,
  question: string,
  environment: Environment,
): Promise<string> {
  const { HOME, USER, TERM, [SCRATCH]: scratch = "", ...given } = environment;
  const minimal = { HOME, USER, PATH: "/usr/local/bin:/usr/bin:/bin" };
  // The PATH of this process would hide what startup files do to it.
  const env =
    mode === "plain"
      ? { ...given, HOME, USER, TERM }
      : { ...minimal, ...(mode !== "minimal" && { TERM }) };
  const child = spawn(`/bin/${shell}`, [...FLAGS[mode], question], {
    env: { ...env, ...(shell === "fish" && findFishPlaces(env, scratch)) },
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const timer = setTimeout(
    () => child.pid && process.kill(-child.pid, "SIGKILL"),
    PATIENCE_MILLISECONDS,
  );
  const failed = new Promise<string>((resolve) => child.once("error", () => resolve("")));
  const said = await Promise.race([failed, text(child.stdout)]);
  clearTimeout(timer);
  return said;
}

/** Where the scratch directory stands in the environment that is handed on in here. */
const SCRATCH = "PALE_DOCTOR_SCRATCH";

/** With what keeps fish from reading every manual page of the machine when it is started first. */
function makeFishScratch(): string {
  const scratch = mkdtempSync(join(tmpdir(), "pale-doctor-fish-"));
  mkdirSync(join(scratch, "fish/generated_completions"), { recursive: true });
  return scratch;
}

/**
 * fish makes its directories when it is started first; who has none does not use it, and nobody
 * may think so because the doctor has asked.
 */
function findFishPlaces({ HOME = "/", ...variables }: Environment, scratch: string): Environment {
  const places = {
    XDG_CONFIG_HOME: ".config",
    XDG_DATA_HOME: ".local/share",
    XDG_CACHE_HOME: ".cache",
  };
  const missing = Object.entries(places).filter(([name, usual]) => {
    return !existsSync(join(variables[name] ?? join(HOME, usual), "fish"));
  });
  return Object.fromEntries(missing.map(([name]) => [name, scratch]));
}

function readResolution(name: string, said: string): Resolution {
  if (said === "") return { kind: "nothing" };
  if (said.startsWith("alias ") || said.includes("=")) return { kind: "alias", text: said };
  if (!said.startsWith("/"))
    return said === name ? { kind: "function" } : { kind: "alias", text: said };
  const isShim = dirname(said) !== "/" && readHead(said, 256).includes(SHIM_MARK);
  return isShim ? { kind: "shim" } : { kind: "file", path: said };
}
