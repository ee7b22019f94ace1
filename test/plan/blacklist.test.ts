import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BlacklistFacts, HostFacts } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import { debian, directory, file, mountOf, nixos } from "../helpers/facts.ts";
import { sketch, sketchBelow } from "../helpers/sketch.ts";

const hide = (path: string, entry: "directory" | "file" = "directory") => ({
  path,
  entry,
  why: "keys",
});

function blacklistOf(changes: Partial<BlacklistFacts> = {}): BlacklistFacts {
  return {
    root: [
      { kind: "link", path: "/bin", target: "usr/bin", real: "/usr/bin", realKind: "directory" },
      directory("/etc"),
      directory("/opt"),
      directory("/usr"),
      directory("/var"),
    ],
    run: [directory("/run/log/journal")],
    hidden: [hide("/etc/shadow", "file"), hide("/home/ada/.npmrc", "file"), hide("/home/ada/.ssh")],
    files: [
      { path: "/etc/hosts", real: "/etc/hosts", isThere: true },
      { path: "/etc/nsswitch.conf", real: "/etc/nsswitch.conf", isThere: false },
      {
        path: "/etc/resolv.conf",
        real: "/run/systemd/resolve/stub-resolv.conf",
        isThere: true,
      },
      { path: "/etc/ssh/ssh_config", real: "/etc/ssh/ssh_config", isThere: true },
    ],
    hasVarTmp: true,
    ...changes,
  };
}

function host(changes: Partial<HostFacts> = {}): HostFacts {
  return debian({ blacklist: blacklistOf(), ...changes });
}

describe("the ground in blacklist mode", () => {
  test("is the host, read-only, but for what is hidden or new", () => {
    assert.deepEqual(sketch(planMounts(host(), "none")), [
      "link /bin -> usr/bin",
      "dev /dev",
      "ro /etc",
      "text /etc/hosts",
      "mask /etc/shadow",
      "ro /home/ada",
      "mask /home/ada/.npmrc",
      "mask /home/ada/.ssh",
      "rw /home/ada/project",
      "ro /opt",
      "proc /proc",
      "tmpfs /run 755",
      "ro /run/log/journal",
      "init /run/pale/init",
      "pale /run/pale/pale",
      "directory /run/user/1000 700",
      "tmpfs /tmp 1777",
      "ro /usr",
      "ro /var",
      "tmpfs /var/tmp 1777",
      "freeze /home/ada/.ssh",
      "freeze /",
    ]);
  });

  test("has the files that name servers where the host's links lead", () => {
    const mounts = sketch(planMounts(host(), "filtered")).filter((line) => line.startsWith("text"));
    assert.deepEqual(mounts, [
      "text /etc/hosts",
      "text /etc/ssh/ssh_config",
      "text /run/systemd/resolve/stub-resolv.conf",
    ]);
  });

  test("has the host's own with the host's network", () => {
    const lines = sketch(planMounts(host(), "host"));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("text")),
      [],
    );
    assert.ok(lines.includes("ro /run/systemd/resolve/stub-resolv.conf"));
  });

  test("lays nothing over a /var/tmp that is a link", () => {
    const blacklist = blacklistOf({ hasVarTmp: false });
    assert.deepEqual(sketchBelow("/var", planMounts(host({ blacklist }), "none")), ["ro /var"]);
  });

  test("has the links of NixOS in its private /run", () => {
    const current = {
      kind: "link",
      path: "/run/current-system",
      target: "/nix/store/aaa-nixos-system",
      real: "/nix/store/aaa-nixos-system",
      realKind: "directory",
    } as const;
    const blacklist = blacklistOf({
      root: [directory("/etc"), directory("/nix"), directory("/var")],
      run: [current],
      hidden: [hide("/nix/var/nix/daemon-socket")],
      files: [{ path: "/etc/hosts", real: "/nix/store/bbb-hosts", isThere: true }],
    });
    const lines = sketch(planMounts(nixos({ blacklist }), "none"));
    assert.ok(lines.includes("link /run/current-system -> /nix/store/aaa-nixos-system"));
    assert.ok(lines.includes("mask /nix/var/nix/daemon-socket"));
    assert.ok(lines.includes("text /nix/store/bbb-hosts"));
  });
});

test("a home at the top of the file system shows no more than is shown anyway", () => {
  const home = { ...debian().home, all: ["/home/ada", "/", "/home"] };
  const before = planMounts(host(), "none");
  assert.deepEqual(sketch(planMounts(host({ home }), "none")), sketch(before));
});

describe("what is hidden", () => {
  test("is left out where the sandbox has something of its own", () => {
    const hidden = [hide("/run/docker.sock", "file"), hide("/tmp/ssh-x"), hide("/root")];
    const lines = sketch(planMounts(host({ blacklist: blacklistOf({ hidden }) }), "none"));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("mask")),
      [],
    );
  });

  test("is shown again by a mount of its name, and only that", () => {
    const mounts = [mountOf("/home/ada/.npmrc"), mountOf("/home/ada/.ssh/known_hosts")];
    assert.deepEqual(sketchBelow("/home", planMounts(host({ mounts }), "none")), [
      "ro /home/ada",
      "mask /home/ada/.ssh",
      "ro /home/ada/.ssh/known_hosts",
      "rw /home/ada/project",
    ]);
  });

  test("stays hidden in a mount of more, and cannot be moved there", () => {
    const hidden = [hide("/home/ada/data/in/.ssh")];
    const mounts = [mountOf("/home/ada/data", { access: "rw" })];
    const facts = host({ mounts, blacklist: blacklistOf({ hidden }) });
    assert.deepEqual(sketchBelow("/home/ada/data", planMounts(facts, "none")), [
      "rw /home/ada/data",
      "rw /home/ada/data/in",
      "mask /home/ada/data/in/.ssh",
    ]);
  });

  test("is not a socket in the project", () => {
    const hidden = [hide("/home/ada/project/server.sock", "file")];
    const lines = sketchBelow(
      "/home/ada/project",
      planMounts(host({ blacklist: blacklistOf({ hidden }) }), "none"),
    );
    assert.deepEqual(lines, ["rw /home/ada/project"]);
  });

  test("holds the program's own files, which are shown", () => {
    const program = {
      path: "/home/ada/.ssh/agent",
      links: [],
      exposed: ["/home/ada/.ssh/agent", "/home/ada/tools"],
      directories: ["/home/ada/.ssh"],
    };
    assert.deepEqual(sketchBelow("/home/ada/.ssh", planMounts(host({ program }), "none")), [
      "mask /home/ada/.ssh",
      "ro /home/ada/.ssh/agent",
    ]);
    assert.deepEqual(sketchBelow("/home/ada/tools", planMounts(host({ program }), "none")), []);
  });
});

test("a program may lie where the home is, which is shown anyway", () => {
  const program = { path: "/home/ada/x", links: [], exposed: ["/home/ada"], directories: [] };
  assert.throws(() => planMounts(debian({ program }), "none"), /holds the home directory/u);
  assert.ok(planMounts(host({ program }), "none"));
});

test("a single file at the top of the file system is shown", () => {
  const blacklist = blacklistOf({ root: [file("/notes")] });
  assert.deepEqual(sketchBelow("/notes", planMounts(host({ blacklist }), "none")), ["ro /notes"]);
});
