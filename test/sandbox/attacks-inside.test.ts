import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Terminal } from "../helpers/terminal.ts";
import { PALE, World } from "../helpers/world.ts";

/** Types a line into the terminal, for the shell to read when the program has ended. */
const TYPE = `import fcntl, sys
try:
    for character in "touch ~/typed; echo said\\n":
        fcntl.ioctl(0, 0x5412, character.encode())
    print("typed")
except OSError as error:
    print("refused:", error.strerror)`;

/** A key in the session's keyring (-3), by the numbers of x86_64 and aarch64. */
const KEYRING = `import ctypes, os, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
add_key, keyctl = (248, 250) if platform.machine() == "x86_64" else (217, 219)
def call(*words):
    answer = libc.syscall(*[ctypes.c_long(w) if isinstance(w, int) else w for w in words])
    return os.strerror(ctypes.get_errno()) if answer < 0 else answer
def read():
    key = call(keyctl, 10, -3, b"user", b"planted", 0)
    text = ctypes.create_string_buffer(16)
    length = 0 if isinstance(key, str) else call(keyctl, 11, key, text, 16)
    return text.raw[:length].decode() if length else key
if len(sys.argv) > 1:
    call(keyctl, 1, None)
    call(add_key, b"user", b"planted", b"SECRET", 6, -3)
    print("outside", read(), flush=True)
    os.execv(sys.argv[1], sys.argv[1:])
print("inside", read())`;

for (const flag of ["--seccomp", "--no-seccomp"]) {
  describe(`with ${flag}, an agent`, () => {
    test("cannot type into the terminal, where the shell would run it", async (t) => {
      if (!requireSandbox(t) || !requireTool(t, "python3") || !requireTool(t, "tmux")) return;
      using world = new World();
      world.write("work/project/type.py", TYPE);
      using terminal = new Terminal(world.project, world.environment());
      terminal.line(`${PALE} run ${flag} -- python3 type.py; echo done`);
      await terminal.shows(/^refused: Operation not permitted\ndone$/mu);
      assert.equal(existsSync(join(world.home, "typed")), false);
      if (!canTypeAtAll()) return;
      terminal.line("python3 type.py; echo done");
      await terminal.shows(/^said$/mu);
      assert.ok(existsSync(join(world.home, "typed")), "the control: without a sandbox it can");
    });

    test("cannot read the keys of the session that it was started in", (t) => {
      if (!requireSandbox(t) || !requireTool(t, "python3")) return;
      using world = new World();
      world.write("work/project/keyring.py", KEYRING);
      const { stdout } = world.spawn([
        "python3",
        "keyring.py",
        PALE,
        "run",
        flag,
        "--",
        "python3",
        "keyring.py",
      ]);
      assert.equal(stdout, "outside SECRET\ninside Function not implemented\n");
    });
  });
}

describe("standard input", () => {
  test("is refused when it is a directory, which would lead out", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("notes/file", "NOTES\n");
    const script = `COMMAND sh -c 'cat /proc/self/fd/0/file' < '${world.home}/notes'`;
    assert.equal(world.outside(script.replace("COMMAND ", "")).stdout, "NOTES\n");
    const { status, stdout, stderr } = world.outside(script.replace("COMMAND", `${PALE} run --`));
    assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
    assert.match(stderr, /^pale: standard input is a directory\n/u);
    const file = world.outside(`${PALE} run -- cat < '${world.home}/notes/file'`);
    assert.equal(file.stdout, "NOTES\n", "a file is what was asked for");
  });
});

/** Newer kernels can be told to refuse it to everyone. */
function canTypeAtAll(): boolean {
  const setting = "/proc/sys/dev/tty/legacy_tiocsti";
  return !existsSync(setting) || readFileSync(setting, "utf8").trim() === "1";
}
