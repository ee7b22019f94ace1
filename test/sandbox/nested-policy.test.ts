import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/world.ts";
import { World } from "../helpers/world.ts";

/**
 * `pale run` inside: what the inner policy takes away is gone, and every control is the same act
 * in the sandbox around it.
 */

const PALE = "/run/pale/pale";

type Case = { outer?: readonly string[]; inner?: readonly string[]; script: string };

/** The script in a sandbox, and in one inside of that. */
function runBoth(world: World, { outer = [], inner = [], script }: Case) {
  const file = join(world.project, "script");
  world.write("work/project/script", script);
  const flags = [...outer];
  const control = world.inside(`sh ${file}`, { flags });
  const nested = world.inside(`${PALE} run ${inner.join(" ")} -- sh ${file}`, { flags });
  return { control, nested };
}

function both(context: Parameters<typeof requireSandbox>[0], asked: (world: World) => Case) {
  if (!requireSandbox(context)) return undefined;
  using world = new World();
  return runBoth(world, asked(world));
}

describe("files", () => {
  test("that only the outer sandbox shows cannot be read", (t) => {
    const ran = both(t, (world) => {
      const secret = world.write("notes/secret", "a secret\n");
      return { outer: ["--ro", join(world.home, "notes")], script: `cat ${secret}; cat script` };
    });
    if (!ran) return;
    assert.match(ran.control.stdout, /^a secret/u);
    assert.match(ran.nested.stderr, /Permission denied/u);
    assert.match(ran.nested.stdout, /^cat /u, "the project is there");
  });

  test("that are read-only in the inner one cannot be written, cut off, moved or removed", (t) => {
    const acts = [
      "echo x >new",
      "echo x >>old",
      "truncate -s 0 old",
      "mv old older",
      "rm old",
      "ln old hard",
    ];
    const script = acts.map((act) => `echo text >old; (${act}) 2>/dev/null; echo $?`).join("\n");
    const prepare = (world: World) => {
      world.write("work/project/old", "text\n");
      return { inner: ["--ro", world.project], script };
    };
    const ran = both(t, prepare);
    if (!ran) return;
    assert.equal(ran.control.stdout, "0\n".repeat(acts.length));
    assert.doesNotMatch(ran.nested.stdout, /^0$/mu);
  });

  test("are written where the inner one lets them be, and nowhere else", (t) => {
    const script =
      "touch mine && echo mine; touch /tmp/theirs && echo theirs; touch $TMPDIR/x && echo own";
    const ran = both(t, () => ({ script: `TMPDIR=\${TMPDIR:-/tmp}; ${script}` }));
    if (!ran) return;
    assert.equal(ran.control.stdout, "mine\ntheirs\nown\n");
    assert.equal(ran.nested.stdout, "mine\nown\n");
    assert.match(ran.nested.stderr, /theirs.*Permission denied/u);
  });

  test("that the outer one protects stay so, and what it lacks is not made", (t) => {
    const ran = both(t, () => ({
      inner: ["--rw", "$PWD/.git/hooks", "--unprotect", ".git/hooks"],
      script: "touch .git/hooks/pre-commit; echo $?",
    }));
    if (!ran) return;
    assert.equal(ran.control.stdout, "1\n");
    assert.equal(ran.nested.stdout, "1\n");
    assert.match(ran.nested.stderr, /Read-only file system/u);
  });
});

describe("the network", () => {
  const connect = (address: string) =>
    `python3 -c 'import socket; s = socket.socket(${address}); print("made")' 2>&1 | tail -1`;

  test("is closed by `none`, loopback and all", (t) => {
    if (!requireTool(t, "python3")) return;
    const script = [connect("socket.AF_INET"), connect("socket.AF_INET6")].join("\n");
    const ran = both(t, () => ({ inner: ["--network", "none"], script }));
    if (!ran) return;
    assert.equal(ran.control.stdout, "made\nmade\n");
    assert.match(ran.nested.stdout, /^(PermissionError: .*\n){2}$/u);
  });

  test("is the outer one's by `host`, with the way to its doors", (t) => {
    if (!requireTool(t, "python3")) return;
    const script = `${connect("socket.AF_INET")}\necho $HTTPS_PROXY`;
    const ran = both(t, () => ({ inner: ["--network", "host"], script }));
    if (!ran) return;
    assert.equal(ran.control.stdout, ran.nested.stdout, ran.nested.stderr);
    assert.match(ran.nested.stdout, /^made\nhttp:/u);
  });

  test("does not lead to local sockets of the outer one, by no kind of socket", (t) => {
    if (!requireTool(t, "python3")) return;
    const script = `python3 - <<'END'
import os, socket, sys
path = "server"
def attempt(name, act):
    try: act(); print(name, "worked")
    except PermissionError: print(name, "refused")
def plain(): socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", path)
def pair(kind):
    one, two = socket.socketpair(socket.AF_UNIX, kind)
    one.sendto(b"x", path)
attempt("a socket", plain)
attempt("a pair of datagrams", lambda: pair(socket.SOCK_DGRAM))
attempt("a raw pair", lambda: pair(socket.SOCK_RAW))
socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
END`;
    if (!requireSandbox(t)) return;
    using world = new World();
    const file = world.write("work/project/script", script);
    const serve = `python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("server"); time.sleep(60)' &
while ! test -S server; do sleep 0.05; done`;
    const { stdout, stderr } = world.inside(
      `${serve}; sh ${file}; ${PALE} run -- sh ${file}; kill $!`,
    );
    const names = ["a socket", "a pair of datagrams", "a raw pair"];
    const expected = ["worked", "refused"].flatMap((word) =>
      names.map((name) => `${name} ${word}`),
    );
    assert.deepEqual(stdout.trim().split("\n"), expected, stderr);
  });
});

describe("other processes of the outer sandbox", () => {
  test("can be neither looked into nor signalled", (t) => {
    const script = `sleep 60 & echo $! >pid; wait`;
    if (!requireSandbox(t)) return;
    using world = new World();
    const act =
      "cat /proc/$(cat pid)/environ | wc -c; readlink /proc/$(cat pid)/cwd | wc -l; kill -0 $(cat pid); echo $?";
    world.write("work/project/act", `exec 2>/dev/null; ${act}`);
    const wait = "while ! test -s pid; do sleep 0.05; done";
    const { stdout } = world.inside(
      `(${script}) & ${wait}; sh act; ${PALE} run -- sh act; kill $(cat pid)`,
    );
    const [environ, directory, signal, ...nested] = stdout.trim().split("\n").map(Number);
    assert.ok(environ !== undefined && environ > 0, stdout);
    assert.ok(directory !== undefined && directory > 0);
    assert.equal(signal, 0, "control");
    assert.deepEqual(nested, [0, 0, 1]);
  });
});

describe("what is confined further", () => {
  test("cannot loosen it again, and still knows where it is", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const secret = world.write("notes/secret", "a secret\n");
    const notes = join(world.home, "notes");
    const flags = ["--ro", notes];
    const again = `${PALE} run --ro ${notes} -- cat ${secret}`;
    const byHand = `/run/pale/init nested --read / --write ${world.project} /usr/bin/cat cat ${secret}`;
    for (const attempt of [again, byHand]) {
      assert.equal(world.inside(attempt, { flags }).stdout, "a secret\n", "control");
      const nested = world.inside(`${PALE} run -- sh -c '${attempt}; ${PALE} which cat'`, {
        flags,
      });
      assert.equal(nested.stdout, "/usr/bin/cat\n", nested.stderr);
      assert.match(nested.stderr, /Permission denied|cannot open|does not exist/u);
    }
  });

  test("has the variables of the inner policy, and its limits", (t) => {
    const script = "echo [$EXTRA] $PALE_SANDBOX; ulimit -n";
    const ran = both(t, () => ({
      outer: ["-e", "EXTRA=1"],
      inner: ["--limit", "open_files=77"],
      script,
    }));
    if (!ran) return;
    assert.match(ran.control.stdout, /^\[1\] default\n/u);
    assert.equal(ran.nested.stdout, "[] default\n77\n", ran.nested.stderr);
  });

  test("keeps the exit code", (t) => {
    const ran = both(t, () => ({ script: "exit 43" }));
    if (ran) assert.deepEqual([ran.control.status, ran.nested.status], [43, 43]);
  });
});

describe("what cannot be held is refused with the reason:", () => {
  const rows: [string, readonly string[], RegExp][] = [
    ["hosts", ["--allow", "a.example"], /another choice of hosts[^]*--network none/u],
    ["every host", ["--network", "open"], /another choice of hosts/u],
    ["an overlay", ["--overlay", "."], /the overlay of/u],
    ["a mask", ["--mask", "secret"], /something empty in the place of .*secret/u],
    ["a path kept read-only", ["--protect", "secret"], /secret` read-only.*\n.*\n.*outside/u],
    ["another place", ["--mount", "secret:/opt/x"], /at another place/u],
    ["the other mode", ["--mode", "blacklist"], /cannot be held/u],
    ["scratch", ["--limit", "tmp_size=1M"], /limit of scratch/u],
  ];
  for (const [what, options, reason] of rows) {
    test(what, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      world.write("work/project/secret", "x");
      const words = options.join(" ");
      const { status, stderr, stdout } = world.inside(`${PALE} run ${words} -- touch ran`);
      assert.match(stderr, reason);
      assert.deepEqual([status, stdout], [125, ""]);
      assert.equal(existsSync(join(world.project, "ran")), false);
      const plain: Outcome = world.inside(`${PALE} run -- touch ran`);
      assert.deepEqual(
        [plain.status, existsSync(join(world.project, "ran"))],
        [0, true],
        "control",
      );
    });
  }

  test("`--dry-run` says what would be done", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stdout } = world.inside(`${PALE} run --dry-run -- touch ran`);
    assert.match(stdout, /nested[^]*--no-internet[^]*--write .*\/work\/project[^]*touch ran/u);
    assert.equal(existsSync(join(world.project, "ran")), false);
  });
});
