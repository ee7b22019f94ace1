import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireTool, requireTools } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { writeExecutable } from "./init.ts";
import { findByWord } from "./processes.ts";
import { until } from "./started.ts";
import { type ChainOptions, FILTERED, PLAIN, SANDBOXED } from "./ways.ts";

/**
 * On a real terminal, with a bash in it that has the program as its job. Every scenario is
 * played without pale too, where it must end in the same way.
 *
 * What is typed before a program has the terminal may be thrown away by the shell, so a
 * program says when it has: `ready` at first, `on` when it was continued.
 */
type Stage = { terminal: Terminal; folder: string };

/** In a scenario `./run COMMAND ARGUMENT...` starts a command; `./loop` and `./job` are there. */
function play(title: string, scenario: (stage: Stage) => Promise<void>, props: Props = {}): void {
  for (const way of [PLAIN, SANDBOXED, FILTERED]) {
    test(`${title}, ${way.title}`, async (context) => {
      const chain = way.prepare(context);
      const python = requireTool(context, "python3");
      if (!chain || !python || !requireTools(context, ["tmux", "bash", "zsh"])) return;
      const { folder } = chain;
      const words = chain.render({ path: "PATH", name: "PATH", args: [] }, props.chain);
      writeExecutable(folder, "run", renderLauncher(words));
      writeExecutable(folder, "loop", `#!${python}\n${LOOP}`);
      writeExecutable(folder, "job", `#!/bin/sh\n${props.job ?? ""}\n`);
      const environment = { HOME: folder, PATH: "/usr/bin:/bin", TERM: "xterm" };
      using terminal = new Terminal(folder, environment);
      await terminal.shows(/\$$/u);
      await scenario({ terminal, folder });
    });
  }
}

type Props = { chain?: ChainOptions; job?: string };

describe("keys", () => {
  for (const [key, name, code] of [
    ["C-c", "INT", 130],
    ["C-\\", "QUIT", 131],
  ] as const) {
    play(`${key} is for the program's handler`, async ({ terminal }) => {
      terminal.line(`./run ./loop ${name} say:caught exit:5; echo "code $?"`);
      await terminal.shows(/^ready$/mu);
      terminal.key(key);
      await terminal.shows(/caught\ncode 5$/mu);
    });

    play(`${key} ends a program without a handler`, async ({ terminal }) => {
      terminal.line("./run ./loop USR1");
      await terminal.shows(/^ready$/mu);
      terminal.key(key);
      await terminal.shows(/\$$/u);
      terminal.line('echo "code $?"');
      await terminal.shows(new RegExp(`^code ${code}$`, "mu"));
    });
  }

  play("C-c again and again is caught once each", async ({ terminal }) => {
    terminal.line("./run ./loop INT say:caught");
    await terminal.shows(/^ready$/mu);
    for (let times = 1; times <= 10; times += 1) {
      terminal.key("C-c");
      await terminal.shows(new RegExp(`\\nready\\n(?:caught\\n?){${times}}$`, "u"));
    }
    await sleep(300);
    assert.equal(terminal.screen().match(/caught$/gmu)?.length, 11, "the command, and ten times");
  });

  const readByte =
    "import os, tty; tty.setraw(0); print('raw'); print('byte', os.read(0, 9).hex())";
  for (const [key, byte] of [
    ["C-c", "03"],
    ["C-z", "1a"],
    ["C-\\", "1c"],
  ] as const) {
    const props = { job: `exec python3 -uc "${readByte}"` };
    const title = `${key} is a byte for a program that wants it so`;
    const scenario = async ({ terminal }: Stage) => {
      terminal.line("./run ./job; stty sane");
      await terminal.shows(/^raw$/mu);
      terminal.key(key);
      await terminal.shows(new RegExp(`byte ${byte}$`, "mu"));
    };
    play(title, scenario, props);
  }

  const lateChain = { before: ["/bin/sh", "-c", 'echo early; sleep 1; exec "$@"', "sh"] };
  const early = async ({ terminal }: Stage) => {
    terminal.line("./run ./loop USR1");
    await terminal.shows(/^early$/mu);
    terminal.key("C-c");
    await terminal.shows(/\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 130$/mu);
  };
  play("C-c is not lost when it comes before the program", early, { chain: lateChain });
});

describe("the end", () => {
  const slowChain = { before: ["/bin/sh", "-c", '"$@"; sleep 2', "sh"] };
  const props = { chain: slowChain, job: "echo ended" };
  const typeAhead = async ({ terminal }: Stage) => {
    terminal.line("./run ./job");
    await terminal.shows(/^ended$/mu);
    terminal.line("echo typed-$((1 + 1))");
    await terminal.shows(/^typed-2$/mu);
  };
  play("of a program leaves to the shell what is typed", typeAhead, props);
});

describe("job control", () => {
  play("C-z stops the job and fg continues it, again and again", async ({ terminal }) => {
    terminal.line("./run ./loop CONT say:on");
    await terminal.shows(/^ready$/mu);
    for (let round = 0; round < 5; round += 1) {
      terminal.key("C-z");
      await terminal.shows(/Stopped.*\n\$$/u);
      terminal.line("clear; jobs; echo back");
      await terminal.shows(/Stopped.*\nback\n\$$/u);
      terminal.line("clear; fg");
      await terminal.shows(/^on$/mu);
      terminal.line(`round ${round}`);
      await terminal.shows(new RegExp(`^got round ${round}$`, "mu"));
    }
    terminal.key("C-c");
    await terminal.shows(/\$$/u);
    terminal.line("clear; jobs; echo none");
    await terminal.shows(/^none\n\$$/u);
  });

  play("bg lets it go on behind the shell until it reads", async ({ terminal }) => {
    terminal.line("./run ./loop CONT say:on");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped.*\n\$$/u);
    terminal.line("clear; bg");
    await terminal.shows(/on$/mu);
    terminal.line("clear; until jobs | grep Stopped; do sleep 0.1; done");
    await terminal.shows(/Stopped.*\n\$$/u);
    terminal.line("clear; fg");
    await terminal.shows(/^on$/mu);
    terminal.line("a line");
    await terminal.shows(/^got a line$/mu);
  });

  const stopsItself: Props = {
    job: "for i in 1 2 3; do kill -STOP $$; echo round $i; done; exit 4",
  };
  const byForeground = async ({ terminal }: Stage) => {
    terminal.line("./run ./job");
    for (const round of ["1", "2", "3"]) {
      await terminal.shows(/Stopped.*\n\$$/u);
      terminal.line("clear; jobs; echo back");
      await terminal.shows(/Stopped.*\nback\n\$$/u);
      terminal.line("clear; fg");
      await terminal.shows(new RegExp(`^round ${round}$`, "mu"));
    }
    await terminal.shows(/\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 4$/mu);
  };
  play("a program that stops only itself gives the shell back", byForeground, stopsItself);

  play("a program may catch C-z and stop later", async ({ terminal }) => {
    terminal.line("./run ./loop TSTP say:saved stop: say:restored exit:8");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/saved[^]*Stopped.*\n\$$/u);
    terminal.line("clear; fg");
    await terminal.shows(/restored\n\$$/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 8$/mu);
  });

  play("kill lets a stopped job end as it wants", async ({ terminal }) => {
    terminal.line("./run ./loop TERM say:caught exit:9");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped.*\n\$$/u);
    terminal.line("clear; kill %1; while jobs %1 | grep -qE 'Stopped|Running'; do sleep 0.1; done");
    await terminal.shows(/caught\n[^]*Exit 9/u);
    assert.equal(terminal.screen().match(/caught$/gmu)?.length, 1);
  });

  const script = './run ./job; echo "code $?"';
  const withoutControl = async ({ terminal, folder }: Stage) => {
    const word = `word-${basename(folder)}`;
    terminal.line(`bash -c '${script}' &`.replace("./job", `./job ${word}`));
    await terminal.shows(/stops$/mu);
    await until(
      () => "the job stops",
      () =>
        findByWord(word).some(({ command: [, name], state }) => name === "./job" && state === "T"),
    );
    await sleep(500);
    assert.doesNotMatch(terminal.screen(), /^code/mu);
    terminal.line("kill -CONT -- -$!");
    await terminal.shows(/code 3$/mu);
  };
  const stopsOnce: Props = { job: "echo stops; kill -STOP $$; exit 3" };
  play("where nobody controls jobs a script waits", withoutControl, stopsOnce);

  play("a resize reaches the program", async ({ terminal }) => {
    terminal.line("./run ./loop WINCH size:");
    await terminal.shows(/^ready$/mu);
    terminal.resize(77, 33);
    await terminal.shows(/^77 33$/mu);
  });
});

describe("a shell inside", () => {
  for (const command of ["bash --norc", "zsh -f"]) {
    const enter = async (terminal: Terminal) => {
      terminal.line(`PS1='in$ ' ./run ${command}`);
      await terminal.shows(/^in\$$/mu);
    };
    const leave = async (terminal: Terminal) => {
      terminal.line("clear; exit 3");
      await terminal.shows(/^\$$/mu);
      terminal.line('echo "code $?"');
      await terminal.shows(/^code 3$/mu);
    };

    play(`has jobs of its own: ${command}`, async ({ terminal }) => {
      await enter(terminal);
      terminal.line("./loop CONT say:on");
      await terminal.shows(/^ready$/mu);
      terminal.key("C-z");
      await terminal.shows(/(?:Stopped|suspended).*\nin\$$/u);
      terminal.line("clear; fg");
      await terminal.shows(/^on$/mu);
      terminal.line("a line");
      await terminal.shows(/^got a line$/mu);
      terminal.key("C-c");
      await terminal.shows(/\nin\$$/u);
      await leave(terminal);
    });

    // zsh suspends the group that it was started in, which has no number inside.
    const stops = command.startsWith("bash") ? ["suspend", "kill -STOP $$"] : ["kill -STOP $$"];
    for (const stop of stops) {
      play(`stops by \`${stop}\` and then has the terminal: ${command}`, async ({ terminal }) => {
        await enter(terminal);
        for (let round = 0; round < 3; round += 1) {
          terminal.line(`clear; ${stop}`);
          await terminal.shows(/Stopped.*\n\$$/u);
          terminal.line("clear; fg");
          await terminal.shows(/in\$$/u);
          terminal.line("./loop USR1");
          await terminal.shows(/^ready$/mu);
          terminal.line(`line ${round}`);
          await terminal.shows(new RegExp(`^got line ${round}$`, "mu"));
          terminal.key("C-c");
          await terminal.shows(/\nin\$$/u);
        }
        await leave(terminal);
      });
    }
  }
});

describe("a terminal that is closed", () => {
  for (const [owner, before] of [
    ["a shell's job", ""],
    ["the session's leader", "exec "],
  ] as const) {
    play(`tells ${owner}, and everything ends`, async ({ terminal, folder }) => {
      using program = new HangUp(folder);
      terminal.line(`${before}./run ./loop HUP ${program.words}`);
      await terminal.shows(/^ready$/mu);
      await program.endsWhenClosed(terminal);
      // A shell may tell it too, so once or twice.
      assert.match(program.readLog(), /^(?:told\n)+$/u);
    });
  }

  play("ends a program that is stopped", async ({ terminal, folder }) => {
    using program = new HangUp(folder);
    terminal.line(`./run ./loop HUP ${program.words}`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped.*\n\$$/u);
    // bash makes sure with a SIGTERM, so the program may not come to write anything.
    await program.endsWhenClosed(terminal);
  });
});

/** A program that notes a SIGHUP in a file and ends. */
class HangUp implements Disposable {
  readonly words: string;
  readonly #word: string;
  readonly #log: string;

  constructor(folder: string) {
    this.#log = `${folder}/log`;
    this.#word = `word-${basename(folder)}`;
    this.words = `log:told exit:1 ${this.#word}`;
  }

  readLog(): string {
    return readFileSync(this.#log, "utf8");
  }

  async endsWhenClosed(terminal: Terminal): Promise<void> {
    assert.notEqual(findByWord(this.#word).length, 0);
    assert.equal(existsSync(this.#log), false);
    terminal[Symbol.dispose]();
    await until(
      () => "the end",
      () => findByWord(this.#word).length === 0,
    );
  }

  [Symbol.dispose](): void {
    for (const { pid } of findByWord(this.#word)) process.kill(pid, "SIGKILL");
  }
}

/** `./loop SIGNAL ACTION...` acts on the signal, and repeats the lines that it reads. */
const LOOP = `
import os, signal, sys, time
name, *actions = sys.argv[1:]
def act(number, frame):
    for action in actions:
        verb, _, rest = action.partition(":")
        if verb == "say": os.write(1, rest.encode() + b"\\n")
        if verb == "size": os.write(1, b"%d %d\\n" % os.get_terminal_size(0))
        if verb == "log": print(rest, file=open("log", "a"), flush=True)
        if verb == "stop": os.kill(os.getpid(), signal.SIGSTOP)
        if verb == "exit": os._exit(int(rest))
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(getattr(signal, "SIG" + name), act)
os.write(1, b"ready\\n")
while True:
    try: line = os.read(0, 99)
    except OSError: line = b""
    if line: os.write(1, b"got " + line)
    else: time.sleep(0.05)
`;

/** The words up to the program's are the same for every program. */
function renderLauncher(words: readonly string[]): string {
  const chain = words.slice(0, words.indexOf("PATH"));
  const quoted = chain.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const path = words.includes("inner") ? '"$(command -v "$1")"' : "";
  return `#!/bin/sh\nexec ${quoted.join(" ")} ${path} "$@"\n`;
}
