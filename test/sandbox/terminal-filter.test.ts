import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { attend } from "../init/attend.ts";
import { requireSandbox, requireTool, requireTools } from "../helpers/requires.ts";
import { Running } from "../helpers/running.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";

const PLAIN = `${PALE} run -- `;
const FILTERED = `${PALE} run --terminal-filter -- `;
const COPY = String.raw`printf "\033]52;c;Zm9v\007"`;

type Stage = { terminal: Terminal; world: World };

function onTerminal(title: string, play: (stage: Stage) => Promise<void>): void {
  test(title, async (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["tmux", "bash"])) return;
    using world = new World();
    using terminal = new Terminal(world.project, world.environment());
    terminal.openClipboard();
    await terminal.shows(/\$$/u);
    await play({ terminal, world });
  });
}

describe("what an agent writes to a terminal", () => {
  for (const [title, script] of [
    ["on standard output", COPY],
    ["on standard error", `${COPY} >&2`],
    ["on /dev/tty, with its streams elsewhere", `${COPY} >/dev/tty`],
    ["on /dev/console", `${COPY} >/dev/console`],
    ["by another process, in a session of its own", `setsid -w ${COPY}`],
  ] as const) {
    onTerminal(`sets the clipboard only without the filter: ${title}`, async ({ terminal }) => {
      const streams = title.includes("elsewhere") ? "</dev/null >/dev/null 2>&1" : "";
      terminal.line(`${FILTERED}sh -c '${script}' ${streams}; echo code-$?`);
      await terminal.shows(/^code-0$/mu);
      assert.equal(terminal.clipboard(), "");
      terminal.line(`${PLAIN}sh -c '${script}' ${streams}; echo again-$?`);
      await terminal.shows(/^again-0$/mu);
      assert.equal(terminal.clipboard(), "foo");
    });
  }

  for (const [flag, clipboard] of [
    ["--terminal-filter", ""],
    ["--no-terminal-filter", "foo"],
  ] as const) {
    onTerminal(`by pale exec is filtered as the sandbox is: ${flag}`, async (stage) => {
      const { terminal, world } = stage;
      const flags = ["--network", "none", flag];
      await using running = await Running.start(world, undefined, flags);
      terminal.line(`${PALE} exec ${running.id} -- sh -c '${COPY}; echo shown'; echo code-$?`);
      await terminal.shows(/^shown\ncode-0$/mu);
      assert.equal(terminal.clipboard(), clipboard);
    });
  }

  test("by pale exec has an end, whatever goes on writing", async (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    using world = new World();
    for (const [flag, end] of [
      ["--terminal-filter", /;long\\r\\n\\x1b\\\\'$/mu],
      ["--no-terminal-filter", /;long\\r\\n'$/mu],
    ] as const) {
      await using running = await Running.start(world, undefined, ["--network", "none", flag]);
      const exec = (script: string) => {
        const words = [PALE, "exec", String(running.id), "--", "sh", "-c", script];
        return attend(python, words, { cwd: world.project, env: world.environment() });
      };
      assert.match(exec(String.raw`printf '\033]0;long\n'`), end);
      const loud = exec(String.raw`yes "$(printf '\033]0;long')" & sleep 1`);
      assert.match(loud, /^ended 0 True /u);
      if (flag === "--terminal-filter") assert.match(loud, /\\x1b\\\\'$/mu);
    }
  });

  onTerminal("sets the title behind the filter too", async ({ terminal }) => {
    terminal.line(String.raw`${FILTERED}printf "\033]0;a title\007"; echo code-$?`);
    await terminal.shows(/^code-0$/mu);
    assert.equal(terminal.title(), "a title");
  });

  test("a project may have the filter without trust, but not take it away", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("work/project/.pale.toml", "terminal_filter = true\n");
    assert.match(world.pale(["run", "--dry-run", "true"]).stdout, / --terminal /u);
    world.write("work/project/.pale.toml", "terminal_filter = false\n");
    assert.doesNotMatch(world.pale(["run", "--dry-run", "true"]).stdout, / --terminal /u);
    world.write(".config/pale/config.toml", "terminal_filter = true\n");
    const { stderr } = world.pale(["run", "--dry-run", "true"]);
    assert.match(stderr, /`terminal_filter = false` widens what an agent may do/u);
  });
});

describe("the user's terminal is as it was", () => {
  for (const [title, script, code] of [
    ["after the end of the agent", "stty raw -echo; exit 3", 3],
    ["after its death", "stty raw -echo; kill -9 $$", 137],
    ["after a signal", "stty raw -echo; kill -TERM $$", 143],
  ] as const) {
    onTerminal(title, async ({ terminal }) => {
      const settings = (when: string) => `stty -g >../${when}`;
      terminal.line(
        `${settings("before")}; ${FILTERED}sh -c '${script}'; echo code-$?; ${settings("after")}`,
      );
      await terminal.shows(new RegExp(`^code-${code}$`, "mu"));
      terminal.line("clear; cmp ../before ../after && echo the-same");
      await terminal.shows(/^the-same$/mu);
    });
  }

  onTerminal("while the agent is stopped, and after that", async ({ terminal }) => {
    terminal.line("stty -g >../before");
    terminal.line(`${FILTERED}sh -c 'echo ready; kill -STOP $$; echo on; read line'`);
    await terminal.shows(/Stopped[^]*\$$/u);
    terminal.line("clear; stty -g >../stopped; cmp ../before ../stopped && echo the-same");
    await terminal.shows(/^the-same$/mu);
    terminal.line("clear; fg");
    await terminal.shows(/^on$/mu);
    terminal.line("");
    await terminal.shows(/\$$/u);
    terminal.line("clear; stty -g >../after; cmp ../before ../after && echo again");
    await terminal.shows(/^again$/mu);
  });
});

describe("with a stream that is no terminal", () => {
  onTerminal("a pipeline works on both sides", async ({ terminal }) => {
    terminal.line(`echo from | ${FILTERED}sed s/from/through/ | cat; echo code-$?`);
    await terminal.shows(/^through\ncode-0$/mu);
  });

  onTerminal("another program of the pipeline reads the keys", async ({ terminal }) => {
    terminal.line(
      `${FILTERED}sh -c 'echo shown; sleep 600' | sh -c 'head -n 1; read key </dev/tty; echo got-$key'`,
    );
    await terminal.shows(/^shown$/mu);
    terminal.line("word");
    await terminal.shows(/^got-word$/mu);
    terminal.key("C-c");
    await terminal.shows(/\$$/u);
  });

  onTerminal("the agent has the keys when it wants them", async ({ terminal }) => {
    terminal.line(`${FILTERED}sh -c 'read word; echo got-$word' 2>/dev/null`);
    terminal.line("word");
    await terminal.shows(/^got-word$/mu);
  });

  onTerminal("in the background it stops until it is in front", async ({ terminal }) => {
    terminal.line(`${FILTERED}sh -c 'read word; echo got-$word' &`);
    await terminal.shows(/\$$/u);
    terminal.line("clear; until jobs | grep -q Stopped; do sleep 0.1; done; echo it-waits");
    await terminal.shows(/^it-waits$/mu);
    terminal.line("clear; fg");
    terminal.line("word");
    await terminal.shows(/^got-word$/mu);
  });
});

/**
 * Starts the rest of its arguments on a terminal that waits so many milliseconds before it reads
 * a little, and says what came: bytes, lines, exit code.
 */
const COUNT = `
import os, pty, sys, time
pid, master = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
pause = int(sys.argv[1]) / 1000
size = lines = 0
while True:
    time.sleep(pause)
    try: data = os.read(master, 65536)
    except OSError: break
    if not data: break
    size += len(data); lines += data.count(b"\\n")
print(size, lines, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe("much output", () => {
  function count(t: TestContext, pause: number, script: string): string | undefined {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return undefined;
    using world = new World();
    const words = [PALE, "run", "--terminal-filter", "--", "sh", "-c", script];
    return world.spawn([python, "-c", COUNT, String(pause), ...words], { timeout: 110_000 }).stdout;
  }

  test("arrives whole, to the last byte before the end", (t) => {
    const found = count(t, 0, "yes 0123456789abcd | head -n 1000000; exit 5");
    if (found !== undefined) assert.equal(found, "16000000 1000000 5\n");
  });

  test("arrives whole on a slow terminal, which holds the agent back", (t) => {
    const found = count(t, 20, "yes 0123456789abcd | head -n 20000; exit 6");
    if (found !== undefined) assert.equal(found, "320000 20000 6\n");
  });
});
