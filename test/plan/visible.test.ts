import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MountOperation } from "../../src/plan/plan.ts";
import { findCovering, followMadeLinks, isVisible } from "../../src/plan/visible.ts";

const why = "";
const bind = (source: string, destination = source): MountOperation => ({
  kind: "bind",
  access: "ro",
  source,
  destination,
  why,
});
const link = (destination: string, target: string): MountOperation => ({
  kind: "link",
  target,
  destination,
  why,
});

const MOUNTS: MountOperation[] = [
  bind("/usr"),
  link("/bin", "usr/bin"),
  { kind: "tmpfs", destination: "/home/ada", mode: 0o700, why },
  bind("/home/ada/project"),
  bind("/data/other", "/home/ada/shown"),
  { kind: "tmpfs", destination: "/home/ada/project/hidden", mode: 0o700, why },
  link("/home/ada/.local/bin/tool", "../share/tool"),
  { kind: "text", name: "etc-passwd", text: "", destination: "/etc/passwd", why },
  { kind: "directory", destination: "/run/user/1000", mode: 0o700, why },
  { kind: "freeze", destination: "/", why },
];

describe("isVisible", () => {
  const rows: [string, boolean, string][] = [
    ["/usr", true, "a bind"],
    ["/usr/bin/env", true, "what is in a bind"],
    ["/usrlocal", false, "what only begins like a bind"],
    ["/opt", false, "what no mount shows"],
    ["/", true, "a directory that something is made in"],
    ["/home/ada", true, "a directory of pale's with something of the host's in it"],
    ["/home/ada/.bashrc", false, "what a tmpfs hides"],
    ["/home/ada/project/file", true, "what is in a bind in a tmpfs"],
    ["/home/ada/project/hidden/file", false, "what is in a tmpfs in a bind in a tmpfs"],
    ["/home/ada/shown/file", false, "what is at this place on the host but not inside"],
    ["/home/ada/.local/bin", true, "a directory that a link is made in"],
    ["/home/ada/.local", false, "a directory further up"],
    ["/etc/passwd", false, "a file that pale made"],
    ["/run/user/1000", false, "a directory that pale made"],
  ];
  for (const [path, expected, what] of rows) {
    test(`is ${expected} for ${path}: ${what}`, () => {
      assert.equal(isVisible(path, MOUNTS), expected);
    });
  }
});

describe("findCovering", () => {
  test("finds the innermost mount, whatever the order", () => {
    for (const mounts of [MOUNTS, MOUNTS.toReversed()]) {
      const covering = findCovering("/home/ada/project/hidden/x", mounts);
      assert.equal(covering?.destination, "/home/ada/project/hidden");
    }
  });

  test("finds the last of two on one place", () => {
    const mounts = [bind("/a"), bind("/b", "/a")];
    assert.equal(findCovering("/a/x", mounts), mounts[1]);
  });

  test("counts no links, directories and freezing", () => {
    assert.equal(findCovering("/bin", MOUNTS), undefined);
    assert.equal(findCovering("/run/user/1000/x", MOUNTS), undefined);
  });
});

describe("followMadeLinks", () => {
  const links = [
    link("/bin", "usr/bin"),
    link("/home", "var/home"),
    link("/var/home/ada/agent", "../../../opt/agent"),
    link("/loop", "/loop2"),
    link("/loop2", "/loop"),
    link("/root-link", "/"),
    bind("/bound"),
  ];
  const rows: [string, string, string][] = [
    ["/usr/bin/x", "/usr/bin/x", "a path without links"],
    ["/bin", "/usr/bin", "a link"],
    ["/bin/x", "/usr/bin/x", "what is behind a link"],
    ["/binary", "/binary", "what only begins like a link"],
    ["/home/ada/agent/x", "/opt/agent/x", "a link behind a link"],
    ["/root-link/x", "/x", "a link to the root"],
    ["/bound/x", "/bound/x", "a mount"],
  ];
  for (const [path, expected, what] of rows) {
    test(`leads from ${path} to ${expected}: ${what}`, () => {
      assert.equal(followMadeLinks(path, links), expected);
    });
  }

  test("ends where links go in a circle", () => {
    assert.match(followMadeLinks("/loop/x", links), /^\/loop2?\/x$/u);
  });
});
