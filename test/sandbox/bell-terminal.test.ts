import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox, requireTool, requireTools } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/**
 * The agent outlives its terminal, and others are opened; or, as the control, the terminal stays.
 * The first process of the sandbox keeps its standard streams, so that the kernel gives the number to
 * no other terminal. Says whether the number is the same, and what has come.
 */
const REUSE = `
import fcntl, os, pty, struct, sys, termios, time
def number(master): return struct.unpack("I", fcntl.ioctl(master, 0x80045430, b"0000"))[0]
def wait(path):
    end = time.time() + 40
    while not os.path.exists(path) and time.time() < end: time.sleep(0.05)
pid, master = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
wait("ready")
first, held = number(master), []
if sys.argv[1] != "that is kept":
    os.close(master)
    for i in range(20):
        master, slave = pty.openpty(); held += [master, slave]
        if number(master) == first: break
        time.sleep(0.1)
open("go", "w").close()
wait("done")
os.set_blocking(master, False)
said, end = b"", time.time() + (20 if sys.argv[1] == "that is kept" else 1)
while b"\\x07" not in said and time.time() < end:
    time.sleep(0.05)
    try: said += os.read(master, 4096)
    except OSError: pass
print(number(master) == first, said)
os.kill(pid, 9)
`;

const INSIDE = `trap '' HUP; touch ready; until test -e go; do sleep 0.1; done
  curl -s -o /dev/null https://a.example; touch done; sleep 600`;

describe("a bell", () => {
  for (const [what, expected] of [
    ["that is kept", /^True b'.*\\x07.*'\n$/u],
    ["that is closed, and nobody gets its number", /^False b''\n$/u],
  ] as const) {
    test(`on a terminal ${what}`, (t) => {
      const python = requireTool(t, "python3");
      if (!python || !requireSandbox(t) || !requireTools(t, ["curl"])) return;
      using world = new World();
      const words = [PALE, "run", "--notify", "bell", "--", "sh", "-c", INSIDE];
      const { stdout } = world.spawn([python, "-c", REUSE, what, ...words], { timeout: 100_000 });
      assert.match(stdout, expected);
    });
  }
});
