import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireTools } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { writeExecutable } from "./init.ts";
import { findByWord } from "./processes.ts";
import { until } from "./started.ts";
import { type ChainOptions, PLAIN, SANDBOXED, type Way } from "./ways.ts";

/**
 * On a real terminal, with a bash in it that has the program as its job. Every scenario is
 * played without pale too, where it must end in the same way.
 */
type Stage = { terminal: Terminal; folder: string; way: Way };

/** In a scenario `./run COMMAND ARGUMENT...` starts a command, `./loop` never ends by itself. */
function play(title: string, scenario: (stage: Stage) => Promise<void>, options?: ChainOptions) {
  for (const way of [PLAIN, SANDBOXED]) {
    test(`${title}, ${way.title}`, async (context) => {
      const chain = way.prepare(context);
      if (!chain || !requireTools(context, ["tmux", "bash", "python3", "zsh"])) return;
      const { folder } = chain;
      const words = chain.render({ path: "PATH", name: "PATH", args: [] }, options);
      writeExecutable(folder, "run", renderLauncher(words));
      writeExecutable(folder, "loop", LOOP);
      const environment = { HOME: folder, PATH: "/usr/bin:/bin", TERM: "xterm" };
      using terminal = new Terminal(folder, environment);
      await terminal.shows(/\$ $/u);
      await scenario({ terminal, folder, way });
    });
  }
}

describe("keys", () => {
  play("Ctrl-C runs the program's trap", async ({ terminal }) => {
    terminal.line(`./run ./loop 'echo trap; exit 5' INT; echo "code $?"`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-c");
    await terminal.shows(/trap\ncode 5$/mu);
  });

  play("Ctrl-C again and again runs it once each", async ({ terminal }) => {
    terminal.line("./run ./loop 'echo trap' INT");
    await terminal.shows(/^ready$/mu);
    for (let times = 1; times <= 10; times += 1) {
      terminal.key("C-c");
      await terminal.shows(new RegExp(`(?:trap[^]*){${times}}`, "u"));
      assert.equal(terminal.screen().match(/trap$/gmu)?.length, times);
    }
  });

  play("Ctrl-C ends a program without a trap", async ({ terminal }) => {
    terminal.line("./run ./loop '' USR1");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-c");
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 130$/mu);
  });

  play("Ctrl-\\ runs the program's trap", async ({ terminal }) => {
    terminal.line(`./run ./loop 'echo trap; exit 6' QUIT; echo "code $?"`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-\\");
    await terminal.shows(/trap\ncode 6$/mu);
  });

  play("Ctrl-\\ ends a program without a trap", async ({ terminal }) => {
    terminal.line("./run ./loop '' USR1");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-\\");
    await terminal.shows(/\$ $/u);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 131$/mu);
  });

  play("are bytes for a program that wants them so", async ({ terminal }) => {
    const script = "import os, tty; tty.setraw(0); os.write(1, b'raw'); print(os.read(0, 9).hex())";
    for (const [key, byte] of [
      ["C-c", "03"],
      ["C-z", "1a"],
      ["C-\\", "1c"],
    ]) {
      terminal.line(`clear; ./run python3 -c "${script}"; stty sane; echo`);
      await terminal.shows(/^raw$/mu);
      terminal.key(key ?? "");
      await terminal.shows(new RegExp(`^raw${byte}$`, "mu"));
    }
  });

  play(
    "Ctrl-C is not lost before the program is there",
    async ({ terminal }) => {
      terminal.line(`./run ./loop '' USR1; echo "code $?"`);
      await terminal.shows(/^early$/mu);
      terminal.key("C-c");
      await terminal.shows(/^code 130$/mu);
      assert.doesNotMatch(terminal.screen(), /^ready$/mu);
    },
    { before: ["/bin/sh", "-c", 'echo early; sleep 1; exec "$@"', "sh"] },
  );
});

describe("job control", () => {
  play("Ctrl-Z stops the job, and fg continues it", async ({ terminal }) => {
    terminal.line('./run cat; echo "code $?"');
    for (const word of ["one", "two", "three"]) {
      terminal.line(word);
      await terminal.shows(new RegExp(`^${word}\n${word}$`, "mu"));
      terminal.key("C-z");
      await terminal.shows(new RegExp(`${word}\n\\^Z\n\\[1\\]\\+  Stopped`, "u"));
      terminal.line("jobs; echo back");
      await terminal.shows(/Stopped .*\nback\n/u);
      terminal.line("clear; fg");
      await terminal.shows(/^\.\/run cat$/mu);
    }
    terminal.line("end");
    await terminal.shows(/^end\nend$/mu);
    terminal.key("C-c");
    await terminal.shows(/\$ $/u);
  });

  play("bg lets it go on behind the shell, until it reads", async ({ terminal }) => {
    const script = "echo ready; sleep 1; echo went on; read line; echo read $line; exit 7";
    terminal.line(`./run sh -c '${script}'`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped/u);
    terminal.line("clear; bg");
    await terminal.shows(/^went on$/mu);
    terminal.line("");
    await terminal.shows(/Stopped/u);
    terminal.line("fg");
    await terminal.shows(/^\.\/run sh.*$/mu);
    terminal.line("a line");
    await terminal.shows(/^read a line$/mu);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 7$/mu);
  });

  play("a program that stops only itself gives the shell back", async ({ terminal }) => {
    terminal.line("./run sh -c 'for i in 1 2 3; do kill -STOP $$; echo round $i; done; exit 4'");
    for (const round of ["1", "2", "3"]) {
      await terminal.shows(/Stopped/u);
      terminal.line("jobs; echo back");
      await terminal.shows(/Stopped .*\nback\n/u);
      terminal.line("clear; fg");
      await terminal.shows(new RegExp(`^round ${round}$`, "mu"));
    }
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 4$/mu);
  });

  play("a program that stops only itself goes on by bg", async ({ terminal }) => {
    terminal.line("./run sh -c 'kill -STOP $$; echo went on; exit 4'");
    await terminal.shows(/Stopped/u);
    terminal.line("bg");
    await terminal.shows(/^went on$/mu);
    terminal.line('wait %1; echo "code $?"');
    await terminal.shows(/^code 4$/mu);
  });

  play("a program may catch Ctrl-Z and stop later", async ({ terminal }) => {
    terminal.line("./run ./loop 'echo saved; kill -STOP $$; echo restored; exit 8' TSTP");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/saved\n[^]*Stopped/u);
    terminal.line("fg");
    await terminal.shows(/^restored$/mu);
    terminal.line('echo "code $?"');
    await terminal.shows(/^code 8$/mu);
  });

  play("kill ends a stopped job", async ({ terminal }) => {
    terminal.line("./run ./loop 'echo trap; exit 9' TERM");
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped/u);
    terminal.line("kill %1");
    await terminal.shows(/^(?:\$ )?trap$/mu);
    terminal.line('wait %1; echo "code $?"');
    await terminal.shows(/^code 9$/mu);
  });

  play("where nobody controls jobs, a script waits", async ({ terminal }) => {
    const script = './run sh -c "echo stops; kill -STOP \\$\\$; exit 3"; echo "code $?"';
    terminal.line(`bash -c '${script}' &`);
    await terminal.shows(/stops$/mu);
    await sleep(500);
    assert.doesNotMatch(terminal.screen(), /^code/mu);
    terminal.line("kill -CONT -- -$!");
    await terminal.shows(/^(?:\$ )?code 3$/mu);
  });

  play("a resize reaches the program", async ({ terminal }) => {
    terminal.line("./run ./loop 'stty size' WINCH");
    await terminal.shows(/^ready$/mu);
    terminal.resize(77, 33);
    await terminal.shows(/^33 77$/mu);
  });
});

describe("a shell inside", () => {
  for (const command of ["bash --norc", "zsh -f"]) {
    const enter = async (terminal: Terminal) => {
      terminal.line(`PS1='in$ ' ./run ${command}`);
      await terminal.shows(/^in\$ $/mu);
    };

    play(`has jobs of its own: ${command}`, async ({ terminal }) => {
      await enter(terminal);
      terminal.line("cat");
      terminal.key("C-z");
      await terminal.shows(/(?:Stopped|suspended) +cat\nin\$ $/u);
      terminal.line("fg");
      terminal.line("echoed");
      await terminal.shows(/echoed\nechoed/u);
      terminal.key("C-c");
      await terminal.shows(/\^C\n+in\$ $/u);
      terminal.line("exit 3");
      await terminal.shows(/^\$ $/mu);
      terminal.line('echo "code $?"');
      await terminal.shows(/^code 3$/mu);
    });

    for (const stop of ["suspend", "kill -STOP $$"]) {
      play(`stops by \`${stop}\` and has the terminal again: ${command}`, async ({ terminal }) => {
        await enter(terminal);
        for (let round = 0; round < 3; round += 1) {
          terminal.line(stop);
          await terminal.shows(/Stopped.*\n\$ $/u);
          terminal.line("clear; fg");
          await terminal.shows(/in\$ $/u);
          terminal.line("cat");
          terminal.line(`echoed ${round}`);
          await terminal.shows(new RegExp(`^echoed ${round}\nechoed ${round}$`, "mu"));
          terminal.key("C-c");
          await terminal.shows(/\^C\n+in\$ $/u);
        }
        terminal.line("exit 3");
        await terminal.shows(/^\$ $/mu);
        terminal.line('echo "code $?"');
        await terminal.shows(/^code 3$/mu);
      });
    }
  }
});

describe("a terminal that is closed", () => {
  for (const exec of ["", "exec "]) {
    const owner = exec === "" ? "a shell's job" : "the session's leader";
    play(`tells ${owner}, and everything ends`, async ({ terminal, folder }) => {
      const word = `word-${process.pid}`;
      terminal.line(`${exec}./run ./loop 'echo hung up >>log; exit' HUP ${word}`);
      await terminal.shows(/^ready$/mu);
      assert.notEqual(findByWord(word).length, 0);
      terminal[Symbol.dispose]();
      await until(
        () => "the end",
        () => findByWord(word).length === 0,
      );
      assert.equal(readFileSync(`${folder}/log`, "utf8"), "hung up\n");
    });
  }

  play("ends a program that is stopped", async ({ terminal, folder }) => {
    const word = `word-${process.pid}`;
    terminal.line(`./run ./loop 'echo hung up >>log; exit' HUP ${word}`);
    await terminal.shows(/^ready$/mu);
    terminal.key("C-z");
    await terminal.shows(/Stopped/u);
    assert.notEqual(findByWord(word).length, 0);
    assert.equal(existsSync(`${folder}/log`), false);
    terminal[Symbol.dispose]();
    await until(
      () => "the end",
      () => findByWord(word).length === 0,
    );
    assert.equal(readFileSync(`${folder}/log`, "utf8"), "hung up\n");
  });
});

/** `./loop COMMANDS SIGNAL`: runs the commands for the signal, until they end it. */
const LOOP = `#!/bin/sh
trap "$1" "$2"
echo ready
while :; do sleep 0.05; done
`;

/** The words up to the program's are the same for every program. */
function renderLauncher(words: readonly string[]): string {
  const chain = words.slice(0, words.indexOf("PATH"));
  const quoted = chain.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const path = words.includes("inner") ? '"$(command -v "$1")"' : "";
  return `#!/bin/sh\nexec ${quoted.join(" ")} ${path} "$@"\n`;
}
