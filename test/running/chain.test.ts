import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderChain } from "../../src/plan/bwrap.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { parseChain } from "../../src/running/chain.ts";
import { FILES, planOf } from "../helpers/plan.ts";

function render(plan: Plan, files = FILES): string[] {
  return renderChain(plan, files, { "/home/ada/project": "1:2:3" }).flatMap(({ words }) => words);
}

/** One of everything that a plan can hold. */
const FULL = planOf({
  mounts: [
    { kind: "bind", access: "ro", source: "/usr", destination: "/usr", why: "" },
    {
      kind: "bind",
      access: "rw",
      source: "/home/ada/project",
      destination: "/home/ada/project",
      why: "",
    },
    { kind: "bind", access: "rw", source: "/dev/dri", destination: "/dev/dri", why: "" },
    { kind: "link", target: "usr/bin", destination: "/bin", why: "" },
    {
      kind: "text",
      name: "etc-passwd",
      text: "",
      destination: "/etc/passwd",
      copied: true,
      why: "",
    },
    {
      kind: "bind",
      access: "ro",
      source: "/etc/inputrc",
      destination: "/etc/inputrc",
      copied: true,
      why: "",
    },
    { kind: "init", destination: "/run/pale/init", why: "" },
    { kind: "pale", destination: "/run/pale/pale", why: "" },
    { kind: "tmpfs", mode: 0o700, size: 4096, destination: "/tmp", why: "" },
    { kind: "mask", of: "directory", destination: "/home/ada/project/secrets", why: "" },
    { kind: "mask", of: "file", destination: "/home/ada/project/.env", why: "" },
    { kind: "directory", mode: 0o755, destination: "/x", why: "" },
    { kind: "dev", destination: "/dev", why: "" },
    { kind: "proc", destination: "/proc", why: "" },
    {
      kind: "held",
      source: "/home/ada/project/.envrc",
      placeholder: { kind: "nothing" },
      destination: "/home/ada/project/.envrc",
      why: "",
    },
    { kind: "freeze", destination: "/", why: "" },
  ],
  overlays: [
    { lower: "/home/ada/project", destination: "/home/ada/project", store: "/store", why: "" },
  ],
  limits: {
    resources: [
      { name: "processes", value: 9 },
      { name: "open_files", value: 10 },
    ],
    scratch: undefined,
    cgroup: undefined,
  },
  variables: [
    { name: "LD_PRELOAD", value: "x=y", from: "host", when: "late" },
    { name: "HOME", value: "/home/ada", from: "pale", when: "early" },
  ],
});

describe("the command line of a running sandbox", () => {
  test("tells what it was planned to do", () => {
    const files = {
      ...FILES,
      network: "/cache/network",
      texts: { ...FILES.texts, empty: "/cache/empty" },
    };
    const chain = parseChain(render(FULL, files));
    assert.deepEqual(chain?.command, FULL.command);
    assert.equal(chain.filter, "/cache/filter");
    assert.equal(chain.workingDirectory, "/home/ada/project/src");
    assert.equal(chain.isNetworkOwn, true);
    assert.equal(chain.terminalFilter, false);
    assert.deepEqual(chain.variables, { LD_PRELOAD: "x=y" });
    assert.deepEqual(chain.limits, ["processes=9", "open_files=10"]);
    assert.deepEqual(
      chain.overlays.map(({ lower }) => lower),
      ["/home/ada/project"],
    );
    const places = (kind: string) =>
      chain.mounts.filter((mount) => mount.kind === kind).map(({ destination }) => destination);
    assert.deepEqual(places("rw"), ["/home/ada/project", "/dev/dri"]);
    assert.deepEqual(places("link"), ["/bin"]);
    assert.deepEqual(places("private"), ["/tmp", "/home/ada/project/secrets", "/dev", "/proc"]);
    assert.ok(places("ro").includes("/usr"));
    const copied = chain.mounts.filter(({ destination }) => destination.startsWith("/etc/"));
    assert.deepEqual(copied, [
      { kind: "ro", source: "/cache/passwd", destination: "/etc/passwd" },
      { kind: "ro", source: "/etc/inputrc", destination: "/etc/inputrc" },
    ]);
  });

  test("knows its files when the launcher hands something to the supervisor", () => {
    const [init = "", role = "", ...words] = render(FULL);
    const handed = parseChain([init, role, "--credentials", "5", ...words]);
    assert.deepEqual(handed, parseChain(render(FULL)));
    assert.ok(handed?.mounts.some((mount) => "source" in mount && mount.source === "/etc/inputrc"));
  });

  for (const terminalFilter of [true, false]) {
    test(`says whether the terminal is filtered: ${terminalFilter}`, () => {
      assert.equal(parseChain(render(planOf({ terminalFilter })))?.terminalFilter, terminalFilter);
    });
  }

  for (const network of ["none", "filtered", "open", "host"] as const) {
    test(`is understood with the network ${network}`, () => {
      const { isolation } = planOf();
      const chain = parseChain(render(planOf({ isolation: { ...isolation, network } })));
      assert.equal(chain?.isNetworkOwn, network === "none");
    });
  }

  test("is not mistaken when words of the command look like options", () => {
    const argv = ["agent", "--", "--chdir", "/elsewhere", "--setenv", "A", "B", "inner"];
    const chain = parseChain(render(planOf({ command: { path: "/usr/bin/agent", argv } })));
    assert.deepEqual(chain?.command.argv, argv);
    assert.equal(chain.workingDirectory, "/home/ada/project/src");
    assert.deepEqual(chain.variables, {});
  });

  test("is not guessed at when another version of pale wrote it", () => {
    const words = render(planOf());
    assert.ok(parseChain(words));
    assert.equal(parseChain(words.map((word) => (word === "--uid" ? "--newer" : word))), undefined);
    for (let length = 0; length < words.length - 3; length += 1) {
      const chain = parseChain(words.slice(0, length));
      assert.equal(chain, undefined, words.slice(0, length).join(" "));
    }
  });

  test("of another role is none", () => {
    assert.equal(parseChain(["/cache/init", "inner", "/bin/sh", "sh"]), undefined);
    assert.equal(parseChain([]), undefined);
  });
});
