import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { classifyInside, findInside } from "../../src/plan/inside.ts";
import type { HostEntry } from "../../src/plan/inside.ts";
import type { MountOperation } from "../../src/plan/plan.ts";

const why = "a reason";

const MOUNTS: MountOperation[] = [
  { kind: "bind", access: "ro", source: "/usr", destination: "/usr", why },
  { kind: "link", target: "usr/bin", destination: "/bin", why },
  { kind: "tmpfs", mode: 0o755, destination: "/etc", why },
  { kind: "text", name: "passwd", text: "", destination: "/etc/passwd", why },
  { kind: "dev", destination: "/dev", why },
  { kind: "proc", destination: "/proc", why },
  { kind: "tmpfs", mode: 0o1777, destination: "/tmp", why },
  { kind: "tmpfs", mode: 0o700, destination: "/home/ada", why },
  { kind: "bind", access: "rw", source: "/home/ada/p", destination: "/home/ada/p", why },
  {
    kind: "bind",
    access: "ro",
    source: "/home/ada/p/.git/hooks",
    destination: "/home/ada/p/.git/hooks",
    why,
  },
  { kind: "mask", of: "directory", destination: "/home/ada/p/secret", why },
  { kind: "bind", access: "ro", source: "/srv/notes", destination: "/notes", why },
  {
    kind: "held",
    source: "/home/ada/p/.envrc",
    placeholder: { kind: "nothing" },
    destination: "/home/ada/p/.envrc",
    why,
  },
  { kind: "bind", access: "overlay", source: "/srv/kept", destination: "/kept", why },
  { kind: "freeze", destination: "/etc", why },
  { kind: "freeze", destination: "/", why },
];

const HOST: Record<string, HostEntry> = {
  "/usr/bin": { kind: "other" },
  "/usr/bin/sh": { kind: "link", target: "dash" },
  "/usr/bin/dash": { kind: "other" },
  "/home/ada/p/file": { kind: "other" },
  "/home/ada/p/out": { kind: "link", target: "../.ssh" },
  "/home/ada/p/notes": { kind: "link", target: "/notes/a" },
  "/home/ada/p/loop": { kind: "link", target: "loop" },
  "/home/ada/p/.git/hooks/x": { kind: "other" },
  "/home/ada/.ssh": { kind: "other" },
  "/srv/notes/a": { kind: "other" },
  "/notes/b": { kind: "other" },
};

describe("a path as programs inside find it", () => {
  const rows: [path: string, state: string, reached: string, hostPath: string | undefined][] = [
    ["/", "read-only", "/", undefined],
    ["/home", "read-only", "/home", undefined],
    ["/usr/bin/dash", "read-only", "/usr/bin/dash", "/usr/bin/dash"],
    ["/bin/sh", "read-only", "/usr/bin/dash", "/usr/bin/dash"],
    ["/usr/nope/x", "not there", "/usr/nope/x", "/usr/nope/x"],
    ["/etc", "read-only", "/etc", undefined],
    ["/etc/passwd", "read-only", "/etc/passwd", undefined],
    ["/etc/passwd/x", "not there", "/etc/passwd/x", undefined],
    ["/etc/shadow", "not there", "/etc/shadow", undefined],
    ["/tmp", "read-write", "/tmp", undefined],
    ["/dev/null", "own", "/dev/null", undefined],
    ["/proc/self/status", "own", "/proc/self/status", undefined],
    ["/home/ada", "read-write", "/home/ada", undefined],
    ["/home/ada/.ssh", "not there", "/home/ada/.ssh", undefined],
    ["/home/ada/p", "read-write", "/home/ada/p", "/home/ada/p"],
    ["/home/ada/p/file", "read-write", "/home/ada/p/file", "/home/ada/p/file"],
    ["/home/ada/p/../p/file", "read-write", "/home/ada/p/file", "/home/ada/p/file"],
    ["/home/ada/p/out", "not there", "/home/ada/.ssh", undefined],
    ["/home/ada/p/notes", "read-only", "/notes/a", "/srv/notes/a"],
    ["/home/ada/p/loop", "not there", "/home/ada/p/loop", "/home/ada/p/loop"],
    ["/home/ada/p/.git/hooks", "protected", "/home/ada/p/.git/hooks", "/home/ada/p/.git/hooks"],
    [
      "/home/ada/p/.git/hooks/x",
      "protected",
      "/home/ada/p/.git/hooks/x",
      "/home/ada/p/.git/hooks/x",
    ],
    ["/home/ada/p/secret/x", "masked", "/home/ada/p/secret/x", undefined],
    ["/home/ada/p/.envrc", "protected", "/home/ada/p/.envrc", undefined],
    ["/kept", "read-write", "/kept", "/srv/kept"],
    ["/notes/a", "read-only", "/notes/a", "/srv/notes/a"],
    ["/notes/b", "not there", "/notes/b", "/srv/notes/b"],
    ["/nope", "not there", "/nope", undefined],
  ];
  for (const [path, state, reached, hostPath] of rows) {
    test(`${path} is ${state}`, () => {
      const inside = findInside(path, MOUNTS, (each) => HOST[each]);
      assert.deepEqual(
        { state: classifyInside(inside, MOUNTS), reached: inside.path, hostPath: inside.hostPath },
        { state, reached, hostPath },
      );
    });
  }
});
