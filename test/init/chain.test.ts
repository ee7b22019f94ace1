import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { assembleFilter } from "../../src/seccomp/filter.ts";
import { requireTool } from "../helpers/requires.ts";
import { requireArchitecture } from "./init.ts";
import { readSets } from "./passing.ts";
import { findByWord, listLine, readProcess } from "./processes.ts";
import { run, Started, until } from "./started.ts";
import { type Chain, EMULATED, PLAIN, type Program, SANDBOXED, shell, type Way } from "./ways.ts";

const LIST_DESCRIPTORS: Program = { path: "/bin/ls", name: "ls", args: ["/proc/self/fd"] };
const OWN_WAYS: Way[] = [SANDBOXED, EMULATED];

describe("files", () => {
  for (const way of OWN_WAYS) {
    test(`are open from 200 on, for reading, ${way.title}`, (context) => {
      const chain = way.prepare(context);
      if (!chain) return;
      const files = writeFiles(chain);
      const script = "cat /proc/self/fd/200 /proc/self/fd/201; grep flags /proc/self/fdinfo/20?";
      const { stdout } = run(chain.render(shell(script), { files }));
      const flags = "flags:\t0100000";
      assert.equal(
        stdout.toString(),
        `first\nsecond\n/proc/self/fdinfo/200:${flags}\n/proc/self/fdinfo/201:${flags}\n`,
      );
    });

    test(`that cannot be opened are named, and nothing starts, ${way.title}`, (context) => {
      const chain = way.prepare(context);
      if (!chain) return;
      const [first = ""] = writeFiles(chain);
      const files = [first, `${chain.folder}/missing`];
      const { code, stdout, stderr } = run(chain.render(shell("echo started"), { files }));
      assert.deepEqual(
        { code, stdout: stdout.toString(), stderr },
        { code: 125, stdout: "", stderr: `pale: cannot open ${chain.folder}/missing\n` },
      );
    });
  }

  test("are there for bwrap, which closes what it has read", (context) => {
    const chain = SANDBOXED.prepare(context);
    if (!chain) return;
    const files = writeFiles(chain);
    const bwrap = `--tmpfs /mnt --ro-bind-data 200 /mnt/a --ro-bind-data 201 /mnt/b`.split(" ");
    const { stdout } = run(
      chain.render(shell("cat /mnt/a /mnt/b; exec ls /proc/self/fd"), { files, bwrap }),
    );
    assert.equal(stdout.toString(), "first\nsecond\n0\n1\n2\n3\n");
  });
});

describe("descriptors", () => {
  for (const way of [PLAIN, ...OWN_WAYS]) {
    test(`of the agent are the standard ones and the caller's, ${way.title}`, (context) => {
      const chain = way.prepare(context);
      if (!chain) return;
      const words = chain.render(LIST_DESCRIPTORS);
      assert.equal(run(words).stdout.toString(), "0\n1\n2\n3\n");
      const { stdout } = run([
        "sh",
        "-c",
        'echo x | { exec 7<&0 </dev/null; "$@"; }',
        "sh",
        ...words,
      ]);
      assert.equal(stdout.toString(), "0\n1\n2\n3\n7\n");
    });
  }

  test("of the caller are not kept open by outer and inner", async (context) => {
    const chain = SANDBOXED.prepare(context);
    if (!chain) return;
    const words = chain.render(shell("echo ready; exec sleep 60"));
    using started = new Started(["sh", "-c", 'exec 7</dev/null "$@"', "sh", ...words]);
    await started.says(1, "ready");
    const [outer = 0, , inner = 0, agent = 0] = listLine(started.pid);
    assert.deepEqual(listDescriptors(outer), [0, 1, 2, 199]);
    assert.throws(() => listDescriptors(inner), { code: "EACCES" }, "nobody may look into it");
    // A program that has just been started still reads its libraries.
    await until(
      () => `0, 1, 2 and 7, not ${listDescriptors(agent).join(", ")}`,
      () =>
        readProcess(agent)?.command[0] === "sleep" && listDescriptors(agent).join() === "0,1,2,7",
    );
  });
});

describe("the first process", () => {
  test("is the init program, and the agent is the second", (context) => {
    const chain = SANDBOXED.prepare(context);
    if (!chain) return;
    const script =
      'echo "$$ $PPID"; tr "\\0" " " </proc/1/cmdline; echo; readlink /proc/1/exe || echo refused';
    const [ids, commandLine, file] = run(chain.render(shell(script)))
      .stdout.toString()
      .split("\n");
    assert.equal(ids, "2 1");
    assert.match(commandLine ?? "", /inner \/bin\/sh sh -c/u);
    assert.match(commandLine ?? "", /\/init-\w+ inner /u);
    assert.equal(file, "refused", "nobody inside may look into it");
  });

  test("collects orphans; the control is one that does not", (context) => {
    const chain = SANDBOXED.prepare(context);
    const python = requireTool(context, "python3");
    if (!chain || !python) return;
    const orphans: Program = { path: python, name: "python3", args: ["-c", ORPHANS] };
    const words = chain.render(orphans);
    assert.equal(run(words).stdout.toString(), "0\n");
    const inner = words.lastIndexOf("inner");
    const alone = [...words.slice(0, inner - 1), python, ...orphans.args];
    assert.equal(run(alone).stdout.toString(), "10\n");
  });

  test("ends with the agent, and with it what the agent leaves behind", async (context) => {
    const chain = SANDBOXED.prepare(context);
    if (!chain) return;
    const word = `6${process.pid}.25`;
    const go = `${chain.folder}/go`;
    const wait = `until [ -e ${go} ]; do sleep 0.05; done`;
    using started = new Started(chain.render(shell(`setsid sleep ${word} & ${wait}; exit 3`)));
    await until(
      () => "the start",
      () => findSleep(word) === 1,
    );
    writeFileSync(go, "");
    assert.equal(await started.ends(), 3);
    await until(
      () => "the end",
      () => findSleep(word) === 0,
    );
  });

  test("works without outer, and with nothing ignored", (context) => {
    const chain = SANDBOXED.prepare(context);
    if (!chain) return;
    const words = chain.render({
      path: "/bin/grep",
      name: "grep",
      args: ["Sig", "/proc/self/status"],
    });
    const { code, stdout } = run(words.slice(words.indexOf("--") + 1));
    assert.equal(code, 0);
    assert.deepEqual(readSets(stdout.toString()), { ignored: [], blocked: [] });
  });

  test("needs no system call that the filter refuses", async (context) => {
    const chain = SANDBOXED.prepare(context);
    const architecture = requireArchitecture(context);
    if (!chain || !architecture) return;
    const filter = `${chain.folder}/filter`;
    writeFileSync(filter, assembleFilter(architecture));
    const options = { files: [filter], bwrap: ["--seccomp", "200"] };
    const script = `trap "echo term" TERM; trap "exit 9" USR1; grep Seccomp: /proc/self/status
      echo ready; while :; do sleep 0.05; done`;
    using started = new Started(chain.render(shell(script), options));
    await started.says(1, "ready");
    started.signal(15);
    await started.says(1, "term");
    started.signal(10);
    assert.equal(await started.ends(), 9);
    assert.deepEqual(started.lines, ["Seccomp:\t2", "ready", "term"]);
  });
});

describe("signals that the runtime of pale ignores for itself", () => {
  for (const way of OWN_WAYS) {
    test(`are not ignored by the agent, ${way.title}`, (context) => {
      const chain = way.prepare(context);
      const python = requireTool(context, "python3");
      if (!chain || !python) return;
      const status: Program = {
        path: "/bin/grep",
        name: "grep",
        args: ["Sig", "/proc/self/status"],
      };
      const script = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])";
      const ignoredBy = (words: string[]) =>
        readSets(run([python, "-c", script, ...words]).stdout.toString()).ignored;
      // The control: Python ignores the same two, PIPE and XFSZ.
      assert.deepEqual(ignoredBy([status.path, ...status.args]), [13, 25]);
      assert.deepEqual(ignoredBy(chain.render(status)), []);
    });
  }
});

describe("a wrong call", () => {
  const calls: [string, string[]][] = [
    ["no role", []],
    ["an unknown role", ["middle", "a", "b", "c"]],
    ["outer without a separator", ["outer", "/etc/passwd", "/etc/passwd"]],
    ["outer without a program", ["outer", "/etc/passwd", "--"]],
    ["inner without a name", ["inner", "/bin/true"]],
  ];
  for (const way of OWN_WAYS) {
    for (const [title, words] of calls) {
      test(`is refused: ${title}, ${way.title}`, (context) => {
        const chain = way.prepare(context);
        if (!chain) return;
        const rendered = chain.render(shell(""));
        const { code, stderr } = run([...rendered.slice(0, rendered.indexOf("outer")), ...words]);
        assert.equal(code, 125);
        assert.equal(stderr, "pale: the init program was called in a wrong way\n");
      });
    }

    test(`of the chain is told like one of the agent, ${way.title}`, (context) => {
      const chain = way.prepare(context);
      if (!chain) return;
      for (const [path, expected] of [
        [`${chain.folder}/missing`, 127],
        [chain.folder, 126],
      ] as const) {
        const { code, stderr } = run(chain.render(shell(""), { before: [path] }));
        assert.deepEqual(
          { code, stderr },
          { code: expected, stderr: `pale: cannot run ${path}\n` },
        );
      }
    });
  }
});

/**
 * Makes ten children of the first process that end at once, and counts the zombies, when that number
 * has been the same for a while and nobody else is left.
 */
const ORPHANS = `
import os, re, time
for i in range(10):
    child = os.fork()
    if child == 0:
        if os.fork() == 0: time.sleep(0.1)
        os._exit(0)
    os.waitpid(child, 0)
def state(pid):
    try: return re.search("[)] (.) ", open("/proc/%s/stat" % pid).read())[1]
    except OSError: return ""
def count():
    states = [state(pid) for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
    return states.count("Z") if set(states) <= {"Z", ""} else None
same, last, end = 0, None, time.time() + 15
while same < 10 and time.time() < end:
    found = count()
    same, last = (same + 1 if found == last is not None else 0), found
    time.sleep(0.05)
print(last)
`;

function findSleep(duration: string): number {
  return findByWord(duration).filter(({ command }) => command[0] === "sleep").length;
}

function writeFiles(chain: Chain): string[] {
  return ["first", "second"].map((name) => {
    const file = `${chain.folder}/${name} file`;
    writeFileSync(file, `${name}\n`);
    return file;
  });
}

function listDescriptors(pid: number): number[] {
  const names = readdirSync(`/proc/${pid}/fd`);
  return names.map(Number).sort((a, b) => a - b);
}
