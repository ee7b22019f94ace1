import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Running } from "../helpers/running.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";

/**
 * `pale exec` on a terminal behaves as the same command without a sandbox: every scenario is
 * played twice, and the control is the command started directly. A shell that is starting a program
 * waits for that, whatever it is sent: so what is stopped here is not about to start anything.
 */
type Scenario = (terminal: Terminal, launcher: string, running: Running) => Promise<void>;

function onTerminal(title: string, play: Scenario): void {
  for (const which of ["without pale", "with pale exec"]) {
    test(`${title}, ${which}`, async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
      using world = new World();
      await using running = await Running.start(world);
      using terminal = new Terminal(world.project, world.environment());
      await terminal.shows(/^\$/mu);
      const launcher = which === "without pale" ? "" : `${PALE} exec ${running.id} -- `;
      await play(terminal, launcher, running);
    });
  }
}

describe("pale exec on a terminal", () => {
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
    await terminal.shows(/\n\$$/u);
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
    terminal.line("bg; echo typed-$((1 + 1))");
    await terminal.shows(/^typed-2$/mu);
    terminal.line("echo >go");
    await terminal.shows(/^finished$/mu);
  });

  onTerminal(
    "a command that is started in the background leaves the terminal alone",
    async (terminal, launcher) => {
      terminal.line(`${launcher}sh -c 'sleep 1; printf "\\\\nfinished\\\\n"' &`);
      terminal.line("echo typed-$((1 + 1))");
      await terminal.shows(/^typed-2$/mu);
      await terminal.shows(/^finished$/mu);
    },
  );

  onTerminal("a resize reaches the program", async (terminal, launcher) => {
    terminal.line(
      `${launcher}bash --norc -c 'trap "stty size" WINCH; stty size; while :; do sleep 0.1; done'`,
    );
    await terminal.shows(/^40 100$/mu);
    terminal.resize(77, 33);
    await terminal.shows(/^33 77$/mu);
  });

  onTerminal("a shell inside has job control of its own", async (terminal, launcher) => {
    terminal.line(`${launcher}bash --norc`);
    terminal.line("PS1='in$ '; echo up-$((1 + 1))");
    await terminal.shows(/^up-2$/mu);
    terminal.line("sh -c 'echo started; exec sleep 50'");
    await terminal.shows(/^started$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped +sh -c/u);
    terminal.line(
      "kill -KILL %1; while jobs %1 2>/dev/null | grep -q Stopped; do sleep 0.1; done; echo inner-$((1 + 1))",
    );
    await terminal.shows(/^inner-2$/mu);
    terminal.line("exit 3");
    await terminal.shows(/exit 3\n(?:exit\n)?\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 3$/mu);
  });

  onTerminal("a pipe on one side is a pipe for the program", async (terminal, launcher) => {
    const script = "[ -t 0 ] && echo in; [ -t 1 ] && echo out; cat; exec sleep 60";
    terminal.line(`echo piped | ${launcher}sh -c '${script}'; echo "code $?"`);
    await terminal.shows(/^out\npiped$/mu);
    terminal.key("C-c");
    await terminal.shows(/\$$/u);
  });

  onTerminal("Ctrl-Z and fg with a pipe as input", async (terminal, launcher) => {
    terminal.line(
      `mkfifo go; true | ${launcher}sh -c 'echo ready; read x <go; printf "\\\\nfinished\\\\n"'`,
    );
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped[^]*\n\$$/u);
    terminal.line("echo >go & fg %1");
    await terminal.shows(/^finished$/mu);
  });

  onTerminal("output is whole, to its last line", async (terminal, launcher) => {
    terminal.line(`${launcher}seq 1 20000; echo "code $?"`);
    await terminal.shows(/^19999\n20000\ncode 0$/mu);
  });

  onTerminal("much input is not lost", async (terminal, launcher) => {
    terminal.line(`${launcher}sh -c 'stty -echo; echo ready; exec wc -l'`);
    await terminal.shows(/^ready$/mu);
    for (let line = 0; line < 50; line += 1) terminal.line("x".repeat(200));
    terminal.key("C-d");
    await terminal.shows(/^50$/mu);
  });
});

describe("the terminal of pale exec", () => {
  test("is given back as it was when the sandbox ends, and the command with it", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
    using world = new World();
    await using running = await Running.start(world);
    using terminal = new Terminal(world.project, world.environment());
    terminal.line("stty -a > before");
    terminal.line(`${PALE} exec ${running.id} -- sh -c 'echo ready; sleep 60'; echo "code $?"`);
    await terminal.shows(/^ready$/mu);
    running.child.kill("SIGKILL");
    await terminal.shows(/has killed the command\ncode 137\n\$$/mu);
    terminal.line("stty -a > after; cmp before after && echo the-same");
    await terminal.shows(/^the-same$/mu);
  });

  test("a command that is stopped does not keep its sandbox from ending", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
    using world = new World();
    await using running = await Running.start(world);
    using terminal = new Terminal(world.project, world.environment());
    terminal.line(`${PALE} exec ${running.id} -- sh -c 'echo ready; exec sleep 60'`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped[^]*\n\$$/u);
    running.child.stdin?.end("go on\n");
    assert.equal(await running.ended, 5);
    terminal.line("echo");
    await terminal.shows(/the sandbox has ended/u);
  });

  test("is no way to what is typed when the command has ended", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "tmux")) return;
    using world = new World();
    // As an agent would: opens whatever terminal a new process has, and reads from it for good.
    const listen =
      'echo ready; while :; do for p in /proc/[0-9]*; do if [ -t 0 ] < "$p/fd/0" && [ ! -e "$p/.seen" ]; then setsid cat "$p/fd/0" > stolen & touch opened; wait; fi; done; sleep 0.05; done 2>/dev/null';
    await using running = await Running.start(world, listen);
    using terminal = new Terminal(world.project, world.environment());
    // The control: while the command runs, that works.
    terminal.line(
      `${PALE} exec ${running.id} -- sh -c 'until [ -e opened ]; do sleep 0.1; done; echo open; until grep -q inside stolen; do sleep 0.1; done; cat stolen'`,
    );
    await terminal.shows(/^open$/mu);
    for (let round = 0; round < 3; round += 1) terminal.line(`inside-${round}`);
    await terminal.shows(/^\$ $|\$$/mu);
    for (let round = 0; round < 20; round += 1) terminal.line(`echo outside-${round}`);
    await terminal.shows(/^outside-19$/mu);
    const stolen = world.outside("cat stolen").stdout;
    assert.match(stolen, /inside/u);
    assert.doesNotMatch(stolen, /outside/u);
  });
});
