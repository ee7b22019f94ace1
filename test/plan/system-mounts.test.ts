import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HostFacts } from "../../src/plan/facts.ts";
import { planPrivate, planSystem } from "../../src/plan/system-mounts.ts";
import { debian, nixOnDebian, nixos, unmerged } from "../helpers/facts.ts";
import { sketch } from "../helpers/sketch.ts";

describe("planSystem", () => {
  const merged = [
    "ro /usr",
    "link /bin -> usr/bin",
    "link /sbin -> usr/sbin",
    "link /lib -> usr/lib",
    "link /lib64 -> usr/lib64",
  ];
  const rows: [string, HostFacts, string[]][] = [
    ["binds /usr and makes the links of a merged /usr again", debian(), merged],
    [
      "binds all of an unmerged FHS",
      unmerged(),
      ["ro /usr", "ro /bin", "ro /sbin", "ro /lib", "ro /lib64"],
    ],
    [
      "binds the store, never the daemon's directory, and links the system",
      nixos(),
      [
        "ro /usr",
        "ro /bin",
        "ro /nix/store",
        "link /run/current-system -> /nix/store/aaa-nixos-system",
      ],
    ],
    ["adds the store where Nix is on Debian", nixOnDebian(), [...merged, "ro /nix/store"]],
  ];
  for (const [what, facts, lines] of rows) {
    test(what, () => assert.deepEqual(sketch(planSystem(facts.system)), lines));
  }

  test("binds what a link leads to when that is not shown otherwise", () => {
    const entries = planSystem([
      { kind: "directory", path: "/usr" },
      {
        kind: "link",
        path: "/lib32",
        target: "/opt/lib32",
        real: "/opt/lib32",
        realKind: "directory",
      },
      { kind: "link", path: "/lib", target: "usrlib", real: "/usrlib", realKind: "directory" },
    ]);
    assert.deepEqual(sketch(entries), ["ro /usr", "ro /lib32 of /opt/lib32", "ro /lib of /usrlib"]);
  });

  test("binds a file as it is", () => {
    assert.deepEqual(sketch(planSystem([{ kind: "file", path: "/bin/sh" }])), ["ro /bin/sh"]);
  });
});

test("planPrivate makes what is new in every sandbox", () => {
  const { identity } = debian();
  assert.deepEqual(sketch(planPrivate({ ...identity, uid: 4711 })), [
    "dev /dev",
    "proc /proc",
    "tmpfs /tmp 1777",
    "tmpfs /var/tmp 1777",
    "tmpfs /run 755",
    "directory /run/user/4711 700",
    "init /run/pale/init",
    "pale /run/pale/pale",
    "link /var/run -> ../run",
  ]);
});
