import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderChain } from "../../src/plan/bwrap.ts";
import type { Isolation, MountOperation, Plan } from "../../src/plan/plan.ts";
import { FILES, planOf } from "../helpers/plan.ts";

const words = (plan: Plan) => renderChain(plan, FILES).flatMap((step) => step.words);
const line = (plan: Plan) => words(plan).join(" ");

describe("the chain of programs", () => {
  test("is the init program, bubblewrap, the init program inside, the agent", () => {
    assert.deepEqual(words(planOf()), [
      "/cache/init",
      "outer",
      "/cache/filter",
      "--",
      "/usr/bin/bwrap",
      ..."--die-with-parent --as-pid-1 --unshare-user --unshare-pid --unshare-ipc".split(" "),
      ..."--unshare-uts --unshare-cgroup-try --unshare-net --uid 1000 --gid 1001".split(" "),
      ..."--cap-drop ALL --disable-userns --seccomp 200".split(" "),
      ..."--ro-bind /usr /usr --perms 0700 --tmpfs /home/ada".split(" "),
      ..."--bind /home/ada/project /home/ada/project".split(" "),
      "--chdir",
      "/home/ada/project/src",
      "--",
      "/run/pale/init",
      "inner",
      "/usr/bin/agent",
      "agent",
      "--flag",
      "two words",
    ]);
  });

  test("says why, at every step", () => {
    for (const { why } of renderChain(planOf(), FILES)) assert.match(why, /\w/u);
  });

  test("lets devices work where one is mounted writable, and nowhere else", () => {
    const bind = (source: string, access: "ro" | "rw"): MountOperation => {
      return { kind: "bind", access, source, destination: source, why: "x" };
    };
    const mounts = [bind("/dev/dri", "rw"), bind("/dev/kfd", "ro"), bind("/devices", "rw")];
    const words = line(planOf({ mounts }));
    assert.match(words, /--dev-bind \/dev\/dri \/dev\/dri /u);
    assert.match(words, /--ro-bind \/dev\/kfd \/dev\/kfd /u);
    assert.match(words, / --bind \/devices \/devices /u);
  });

  test("has a filter, also when it is not the allowlist", () => {
    for (const kind of ["allowlist", "denylist"] as const) {
      const words = line(planOf({ seccomp: { kind } }));
      assert.ok(words.includes("/cache/init outer /cache/filter -- /usr/bin/bwrap"));
      assert.match(words, /--seccomp 200/u);
    }
  });

  test("has a terminal of its own where what is written to it is filtered", () => {
    const words = line(planOf({ terminalFilter: true }));
    assert.ok(words.includes("/cache/init outer /cache/filter --terminal -- /usr/bin/bwrap"));
    assert.match(words, / inner --terminal /u);
    assert.doesNotMatch(line(planOf({})), /--terminal/u);
  });

  test("has files opened that are copied, in their order, after the filter", () => {
    const source = "/etc/inputrc";
    const words = line(
      planOf({
        mounts: [
          { kind: "tmpfs", mode: 0o755, destination: "/etc", why: "x" },
          { kind: "bind", access: "ro", source, destination: source, copied: true, why: "x" },
          { kind: "bind", access: "ro", source: "/etc/ssl", destination: "/etc/ssl", why: "x" },
          {
            kind: "text",
            name: "etc-passwd",
            text: "",
            destination: "/etc/passwd",
            copied: true,
            why: "x",
          },
          { kind: "freeze", destination: "/etc", why: "x" },
        ],
      }),
    );
    assert.ok(words.includes("outer /cache/filter /etc/inputrc /cache/passwd -- /usr/bin/bwrap"));
    assert.ok(
      words.includes(
        "--tmpfs /etc --perms 0644 --file 201 /etc/inputrc --ro-bind /etc/ssl /etc/ssl" +
          " --perms 0644 --file 202 /etc/passwd --remount-ro /etc",
      ),
      words,
    );
  });

  const isolations: [string, Partial<Isolation>, RegExp, boolean][] = [
    ["has no network of its own with the host's", { network: "host" }, /--unshare-net/u, false],
    ["has a network of its own with none", { network: "none" }, /--unshare-net/u, true],
    [
      "leaves namespaces to the filter where bubblewrap is old",
      { nestedNamespaces: "closed-by-seccomp" },
      /--disable-userns/u,
      false,
    ],
  ];
  for (const [what, change, pattern, isThere] of isolations) {
    test(what, () => {
      const isolation = { ...planOf().isolation, ...change };
      assert.equal(pattern.test(line(planOf({ isolation }))), isThere);
    });
  }

  test("sets late variables inside, and no others", () => {
    const variables: Plan["variables"] = [
      { name: "EARLY", value: "secret", from: "host", when: "early" },
      { name: "LD_PRELOAD", value: "/x.so", from: "profile", when: "late" },
      { name: "BASH_ENV", value: "/home/ada/rc", from: "host", when: "late" },
    ];
    const chain = renderChain(planOf({ variables }), FILES);
    const steps = chain.filter((step) => step.words[0] === "--setenv");
    const why = "not for bubblewrap itself";
    assert.deepEqual(steps, [
      { words: ["--setenv", "LD_PRELOAD", "/x.so"], why },
      { words: ["--setenv", "BASH_ENV", "/home/ada/rc"], why, secret: "BASH_ENV" },
    ]);
    assert.doesNotMatch(line(planOf({ variables })), /EARLY|secret/u);
  });
});

describe("a mount on the command line", () => {
  const rows: [MountOperation, string][] = [
    [{ kind: "bind", access: "ro", source: "/a", destination: "/b", why: "" }, "--ro-bind /a /b"],
    [{ kind: "bind", access: "rw", source: "/a", destination: "/b", why: "" }, "--bind /a /b"],
    [{ kind: "link", target: "usr/bin", destination: "/bin", why: "" }, "--symlink usr/bin /bin"],
    [
      { kind: "text", name: "etc-passwd", text: "x", destination: "/etc/passwd", why: "" },
      "--ro-bind /cache/passwd /etc/passwd",
    ],
    [
      { kind: "init", destination: "/run/pale/init", why: "" },
      "--ro-bind /cache/init /run/pale/init",
    ],
    [{ kind: "tmpfs", mode: 0o1777, destination: "/tmp", why: "" }, "--perms 1777 --tmpfs /tmp"],
    [
      { kind: "directory", mode: 0o700, destination: "/run/x", why: "" },
      "--perms 0700 --dir /run/x",
    ],
    [{ kind: "dev", destination: "/dev", why: "" }, "--dev /dev"],
    [{ kind: "proc", destination: "/proc", why: "" }, "--proc /proc"],
    [{ kind: "freeze", destination: "/", why: "" }, "--remount-ro /"],
  ];
  for (const [mount, expected] of rows) {
    test(`is ${expected}`, () => {
      const steps = renderChain(planOf({ mounts: [{ ...mount, why: "the reason" }] }), FILES);
      const step = steps.find(({ why }) => why === "the reason");
      assert.deepEqual(step?.words, expected.split(" "));
    });
  }
});
