import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { SHELL_MODES } from "../doctor/facts.ts";
import type { ShellFact, ShellMode } from "../doctor/facts.ts";
import { hasCode } from "../errors.ts";
import type { Environment } from "./directories.ts";
import { BARE_PATH, findShell, SHELL_MILLISECONDS } from "./find-shell.ts";
import { FishScratch } from "./fish-scratch.ts";
import { releaseOnSignal } from "./release-on-signal.ts";
import { END, readAnswers, renderQuestion } from "./shell-question.ts";

const SHELLS = ["bash", "zsh", "fish", "sh"];

/** How long the last of what an ended shell has said may take to be read. */
const REST_MILLISECONDS = 2000;
const STEP_MILLISECONDS = 10;

/**
 * Ask every shell of this machine, in every way that it is started, what it runs for some names.
 * The user's own startup files are run for that, as with every new terminal.
 */
export async function askShells(
  names: readonly string[],
  environment: Environment,
  wanted: readonly string[] = SHELLS,
): Promise<ShellFact[]> {
  using scratch = new FishScratch();
  const shells = wanted.flatMap((shell) => {
    const path = findShell(shell, environment);
    return path === undefined ? [] : [{ shell, path }];
  });
  const asked = shells.flatMap((shell) => SHELL_MODES.map((mode) => ({ ...shell, mode })));
  const facts: ShellFact[] = [];
  // One after the other: some startup files take a lock.
  for (const { path, ...way } of asked) {
    const env = chooseEnvironment(way.mode, environment);
    const places = way.shell === "fish" ? scratch.redirect(env) : {};
    const said = await listen({
      path,
      words: [...FLAGS[way.mode], renderQuestion(way, names)],
      env: { ...env, ...places },
    });
    facts.push({ ...way, answers: readAnswers(scratch.restore(said), names) });
  }
  return facts;
}

const FLAGS: Record<ShellMode, string[]> = {
  login: ["-l", "-c"],
  interactive: ["-i", "-c"],
  "login, interactive": ["-l", "-i", "-c"],
  plain: ["-c"],
  minimal: ["-c"],
};

/** What a log-in sets itself; who finds no agent of ssh may start one, which stays. */
const LOGIN = ["HOME", "USER", "LOGNAME", "SHELL", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"];

/** What a desktop may have set for its terminals, before any startup file is read. */
const SESSION = ["DISPLAY", "WAYLAND_DISPLAY", "TMUX", "ZDOTDIR", "XDG_CONFIG_HOME"];
const PLACES = ["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];

const KEPT: Record<Exclude<ShellMode, "plain">, string[]> = {
  login: [...LOGIN, "TERM"],
  interactive: [...LOGIN, ...SESSION, ...PLACES, "TERM"],
  "login, interactive": [...LOGIN, "TERM"],
  minimal: LOGIN,
};

function chooseEnvironment(mode: ShellMode, given: Environment): Environment {
  if (mode === "plain") return given;
  const kept = KEPT[mode].map((name) => [name, given[name]]);
  return { ...Object.fromEntries(kept), PATH: BARE_PATH };
}

type Started = { path: string; words: readonly string[]; env: Environment };

/** In a session of its own: an interactive shell would take the terminal away. */
async function listen({ path, words, env }: Started): Promise<string> {
  const child = spawn(path, words, {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const keep = releaseOnSignal(() => kill(child));
  const said = await readUntilEnd(child);
  keep();
  child.stdout.destroy();
  return said;
}

type Child = ChildProcessByStdio<null, Readable, null>;

/** What a startup file leaves running may hold the pipe open: the end of the shell itself counts. */
async function readUntilEnd(child: Child): Promise<string> {
  const said: Buffer[] = [];
  const read = () => Buffer.concat(said).toString("utf8");
  child.stdout.on("data", (chunk: Buffer) => void said.push(chunk));
  const closed = once(child, "close").catch(() => undefined);
  const timer = setTimeout(() => kill(child), SHELL_MILLISECONDS);
  await once(child, "exit").catch(() => undefined);
  clearTimeout(timer);
  const answered = waitUntil(() => read().includes(END), REST_MILLISECONDS);
  await Promise.race([closed, answered]);
  return read();
}

async function waitUntil(holds: () => boolean, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds() && performance.now() < end) {
    await sleep(STEP_MILLISECONDS);
  }
}

/** With what it has started in its own process group. */
function kill({ pid }: Child): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}
