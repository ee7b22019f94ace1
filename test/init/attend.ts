import { spawnSync } from "node:child_process";

/**
 * Starts the rest of its arguments on a terminal of its own, and reads that until the program has
 * ended or stopped. Says how, whether the terminal's settings are as they were, and what came at last.
 */
const ATTEND = `
import os, pty, select, signal, sys, termios, time
known, tell = os.pipe()
pid, master = pty.fork()
if pid == 0:
    os.read(known, 1)
    os.execv(sys.argv[1], sys.argv[1:])
before = termios.tcgetattr(master)
os.write(tell, b"x")
last, state, end = b"", "neither", time.time() + 40
while time.time() < end:
    found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
    if found and os.WIFSTOPPED(status): state = "stopped"
    elif found: state = "ended %d" % os.waitstatus_to_exitcode(status)
    if found: break
    if not select.select([master], [], [], 0.05)[0]: continue
    try: data = os.read(master, 65536)
    except OSError: continue
    last = (last + data)[-40:]
same = termios.tcgetattr(master) == before if state != "neither" else None
if state != "stopped" and state != "neither":
    while select.select([master], [], [], 0)[0]:
        try: data = os.read(master, 65536)
        except OSError: break
        last = (last + data)[-40:]
print(state, same, repr(last))
if not state.startswith("ended"): os.kill(pid, signal.SIGKILL)
`;

export function attend(
  python: string,
  words: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): string {
  const args = ["-c", ATTEND, ...words];
  return spawnSync(python, args, { ...options, encoding: "utf8", timeout: 90_000 }).stdout;
}
