import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { until } from "../helpers/running.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";

/**
 * A terminal with pale behaves as one without: every scenario is played twice, and the
 * control is the same program started directly.
 */
const LAUNCHERS: [string, string][] = [
  ["without pale", ""],
  ["with pale", `${PALE} run -- `],
  ["with pale and its filter", `${PALE} run --terminal-filter -- `],
];

type Scenario = (terminal: Terminal, launcher: string) => Promise<void>;

function onTerminal(title: string, play: Scenario): void {
  for (const [which, launcher] of LAUNCHERS) {
    test(`${title}, ${which}`, async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
      using world = new World();
      using terminal = new Terminal(world.project, world.environment());
      await play(terminal, launcher);
    });
  }
}

describe("on a terminal", () => {
  onTerminal("Ctrl-C runs the program's own handler", async (terminal, launcher) => {
    terminal.line(
      `${launcher}sh -c 'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.1; done'; echo "code $?"`,
    );
    await terminal.shows(/^ready$/mu);
    terminal.key("C-c");
    await terminal.shows(/caught\ncode 7$/mu);
  });

  onTerminal("Ctrl-C ends a program that has no handler", async (terminal, launcher) => {
    terminal.line(`${launcher}sh -c 'echo ready; exec sleep 60'`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-c");
    await terminal.shows(/\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 130$/mu);
  });

  onTerminal("Ctrl-\\ quits", async (terminal, launcher) => {
    terminal.line(
      `${launcher}sh -c 'trap "echo quit; exit 8" QUIT; echo ready; while :; do sleep 0.1; done'; echo "code $?"`,
    );
    await terminal.shows(/^ready$/mu);
    terminal.key("C-\\");
    await terminal.shows(/quit\ncode 8$/mu);
  });

  onTerminal("Ctrl-Z stops and fg continues", async (terminal, launcher) => {
    terminal.line(`${launcher}sh -c 'echo ready; exec cat'`);
    await terminal.shows(/^ready$/mu);
    terminal.line("before");
    await terminal.shows(/before\nbefore/u);
    terminal.key("C-z");
    await terminal.shows(/Stopped[^]*\n\$$/u);
    terminal.line("jobs; echo shell-is-back");
    await terminal.shows(/^shell-is-back$/mu);
    terminal.line("fg");
    await terminal.shows(/fg\n.*cat'$/mu);
    terminal.line("after");
    await terminal.shows(/after\nafter/u);
    terminal.key("C-d");
    await terminal.shows(/after\n\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 0$/mu);
  });

  onTerminal("a program that stops itself gives the shell back", async (terminal, launcher) => {
    terminal.line(`${launcher}sh -c 'kill -STOP $$; echo resumed; exit 5'`);
    await terminal.shows(/Stopped[^]*\n\$$/u);
    terminal.line("fg");
    await terminal.shows(/^resumed\n\$$/mu);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 5$/mu);
  });

  onTerminal("bg lets a stopped program go on", async (terminal, launcher) => {
    terminal.line(
      `mkfifo go; ${launcher}sh -c 'echo ready; read x <go; printf "\\\\nfinished\\\\n"'`,
    );
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped[^]*\n\$$/u);
    terminal.line("bg; echo >go");
    await terminal.shows(/^finished$/mu);
  });

  onTerminal("a resize reaches the program", async (terminal, launcher) => {
    terminal.line(
      `${launcher}bash --norc -c 'trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done'`,
    );
    await terminal.shows(/^ready$/mu);
    terminal.resize(77, 33);
    await terminal.shows(/^33 77$/mu);
  });

  onTerminal("a shell inside has job control of its own", async (terminal, launcher) => {
    terminal.line(`${launcher}env PS1='in$ ' bash --norc`);
    await terminal.shows(/^in\$$/mu);
    terminal.line("sh -c 'echo up; exec sleep 50'");
    await terminal.shows(/^up$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped.*\nin\$$/u);
    terminal.line(
      "kill -KILL %1; while jobs %1 2>/dev/null | grep -q Stopped; do sleep 0.1; done; echo inner-$((1 + 1))",
    );
    await terminal.shows(/^inner-2$/mu);
    terminal.line("exit 3");
    await terminal.shows(/exit\n\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 3$/mu);
  });
});

describe("a signal to the shell's child", () => {
  for (const [which, launcher] of LAUNCHERS) {
    test(`reaches the program, ${which}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const program = `sh -c 'trap "echo asked to end; exit 9" TERM; echo up; : >ready; while :; do sleep 0.1; done'`;
      const wait = "while [ ! -e ready ]; do sleep 0.1; done";
      const script = `${launcher}${program} & ${wait}; kill -TERM $!; wait $!; echo "code $?"`;
      assert.equal(world.outside(script).stdout, "up\nasked to end\ncode 9\n");
    });
  }

  test("SIGKILL leaves nothing behind", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const mark = `60.${process.pid}`;
    const child = spawn(PALE, ["run", "--", "sh", "-c", `sleep ${mark} & sleep ${mark}`], {
      cwd: world.project,
      env: world.environment(),
      stdio: "ignore",
    });
    await until(
      () => findProcesses(mark).length === 2,
      () => "the control: it runs",
    );
    child.kill("SIGKILL");
    await until(
      () => findProcesses(mark).length === 0,
      () => `the end of ${findProcesses(mark).join(", ")}`,
    );
  });
});

/** Command lines of running processes that hold a word; not those of this test. */
function findProcesses(word: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids
    .map(readCommandLine)
    .filter((line) => line.includes(word) && line.startsWith("sleep"));
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
