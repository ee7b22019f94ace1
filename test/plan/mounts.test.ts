import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HostFacts, Program } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import { comparePaths } from "../../src/plan/paths.ts";
import {
  debian,
  homeBehindLink,
  linkTo,
  mountOf,
  nixOnDebian,
  nixos,
  PROGRAMS,
  unmerged,
} from "../helpers/facts.ts";
import { sketch, sketchBelow } from "../helpers/sketch.ts";

const HOSTS = { debian, unmerged, nixos, nixOnDebian, homeBehindLink };

describe("the file system of the sandbox", () => {
  test("on Debian", () => {
    assert.deepEqual(sketch(planMounts(debian(), "none")), [
      "link /bin -> usr/bin",
      "dev /dev",
      "tmpfs /etc 755",
      "ro /etc/alternatives",
      "text /etc/group",
      "text /etc/hosts",
      "link /etc/localtime -> /usr/share/zoneinfo/Europe/London",
      "text /etc/passwd",
      "ro /etc/ssl",
      "tmpfs /etc/ssl/private 755",
      "tmpfs /home/ada 700",
      "rw /home/ada/project",
      "link /lib -> usr/lib",
      "link /lib64 -> usr/lib64",
      "proc /proc",
      "tmpfs /run 755",
      "init /run/pale/init",
      "pale /run/pale/pale",
      "directory /run/user/1000 700",
      "link /sbin -> usr/sbin",
      "tmpfs /tmp 1777",
      "ro /usr",
      "link /var/run -> ../run",
      "tmpfs /var/tmp 1777",
      "freeze /etc",
      "freeze /",
    ]);
  });

  test("on an unmerged FHS", () => {
    assert.deepEqual(sketch(planMounts(unmerged(), "host")), [
      "ro /bin",
      "dev /dev",
      "tmpfs /etc 755",
      "text /etc/group",
      "ro /etc/hosts",
      "text /etc/passwd",
      "ro /etc/resolv.conf",
      "tmpfs /home/ada 700",
      "rw /home/ada/project",
      "ro /lib",
      "ro /lib64",
      "proc /proc",
      "tmpfs /run 755",
      "init /run/pale/init",
      "pale /run/pale/pale",
      "directory /run/user/1000 700",
      "ro /sbin",
      "tmpfs /tmp 1777",
      "ro /usr",
      "link /var/run -> ../run",
      "tmpfs /var/tmp 1777",
      "freeze /etc",
      "freeze /",
    ]);
  });

  test("on NixOS, where the link to the system is in the new /run", () => {
    const mounts = planMounts(nixos(), "none");
    assert.deepEqual(sketchBelow("/run", mounts), [
      "tmpfs /run 755",
      "link /run/current-system -> /nix/store/aaa-nixos-system",
      "init /run/pale/init",
      "pale /run/pale/pale",
      "directory /run/user/1000 700",
    ]);
    assert.deepEqual(sketchBelow("/nix", mounts), ["ro /nix/store"]);
    assert.deepEqual(sketchBelow("/bin", mounts), ["ro /bin"]);
  });

  test("where /home is a link: all at the real place, reached by the link", () => {
    const mounts = planMounts(homeBehindLink(), "none");
    assert.deepEqual(sketchBelow("/home", mounts), ["link /home -> var/home"]);
    assert.deepEqual(sketchBelow("/var/home", mounts), [
      "tmpfs /var/home/ada 700",
      "rw /var/home/ada/project",
    ]);
  });

  for (const [name, host] of Object.entries(HOSTS)) {
    test(`is made parents first, each place once, and frozen last (${name})`, () => {
      const mounts = planMounts(host({ mounts: [mountOf("/opt/a"), mountOf("/opt")] }), "host");
      const places = mounts.map(({ destination }) => destination);
      assert.deepEqual(places.slice(-2), ["/etc", "/"]);
      const made = places.slice(0, -2);
      assert.deepEqual(made, made.toSorted(comparePaths));
      assert.equal(new Set(made).size, made.length);
    });
  }
});

describe("a user's agent", () => {
  const rows: [string, Program, string[]][] = [
    [
      "from npm is its packages and the link on PATH",
      PROGRAMS.npmGlobal,
      [
        "tmpfs /home/ada 700",
        "link /home/ada/.npm-global/bin/claude -> ../lib/node_modules/@anthropic-ai/claude-code/cli.js",
        "ro /home/ada/.npm-global/lib/node_modules",
        "rw /home/ada/project",
      ],
    ],
    [
      "from nvm is the whole Node that its script asks for, once",
      PROGRAMS.nvm,
      ["tmpfs /home/ada 700", "ro /home/ada/.nvm/versions/node/v22", "rw /home/ada/project"],
    ],
    [
      "from the native installer is one version and the link to it",
      PROGRAMS.native,
      [
        "tmpfs /home/ada 700",
        "link /home/ada/.local/bin/claude -> /home/ada/.local/share/claude/versions/2.0.1",
        "ro /home/ada/.local/share/claude/versions/2.0.1",
        "rw /home/ada/project",
      ],
    ],
    [
      "from pnpm is the wrapper, its store and the link into it",
      PROGRAMS.pnpm,
      [
        "tmpfs /home/ada 700",
        "ro /home/ada/.local/share/pnpm/claude",
        "ro /home/ada/.local/share/pnpm/global/5/.pnpm",
        "link /home/ada/.local/share/pnpm/global/5/node_modules/@anthropic-ai/claude-code -> ../../.pnpm/@anthropic-ai+claude-code@2/node_modules/@anthropic-ai/claude-code",
        "rw /home/ada/project",
      ],
    ],
    [
      "from a Nix profile is the links of the profile, since the store is there",
      PROGRAMS.nixProfile,
      [
        "tmpfs /home/ada 700",
        "link /home/ada/.nix-profile -> /nix/var/nix/profiles/per-user/ada/profile",
        "rw /home/ada/project",
        "ro /nix/store",
        "link /nix/var/nix/profiles/per-user/ada/profile -> profile-7-link",
        "link /nix/var/nix/profiles/per-user/ada/profile-7-link -> /nix/store/eee-profile",
      ],
    ],
  ];
  for (const [what, program, lines] of rows) {
    test(what, () => {
      const mounts = planMounts(nixOnDebian({ program }), "none");
      const shown = [...sketchBelow("/home", mounts), ...sketchBelow("/nix", mounts)];
      assert.deepEqual(
        shown,
        lines.includes("ro /nix/store") ? lines : [...lines, "ro /nix/store"],
      );
    });
  }

  test("in the project is shown by the project alone", () => {
    const path = "/home/ada/project/node_modules/.bin/agent";
    const exposed = ["/home/ada/project/node_modules"];
    const program = { path, links: [linkTo(path, "../agent/cli.js")], exposed, directories: [] };
    const mounts = planMounts(debian({ program }), "none");
    assert.deepEqual(sketchBelow("/home/ada/project", mounts), ["rw /home/ada/project"]);
  });

  test("cannot be changed from inside, though its place be writable", () => {
    const facts = debian({
      program: PROGRAMS.native,
      mounts: [mountOf("/home/ada/.local/share/claude", { access: "rw" })],
    });
    assert.deepEqual(sketchBelow("/home/ada/.local/share", planMounts(facts, "none")), [
      "rw /home/ada/.local/share/claude",
      "rw /home/ada/.local/share/claude/versions",
      "ro /home/ada/.local/share/claude/versions/2.0.1",
    ]);
  });
});

describe("links on the way to what is shown", () => {
  test("are made where pale makes the directory, not where the host's own is shown", () => {
    const links = [
      linkTo("/usr/local/agent", "/opt/agent"),
      linkTo("/home/ada/agent", "/opt/agent"),
      linkTo("/tmp/agent", "/opt/agent"),
      linkTo("/home/ada/project/agent", "/opt/agent"),
      linkTo("/elsewhere/agent", "/opt/agent"),
      linkTo("/proc/self", "4711"),
    ];
    const program = { ...debian().program, links };
    const made = sketch(planMounts(debian({ program }), "none"));
    assert.deepEqual(
      made.filter((line) => line.endsWith("-> /opt/agent") || line.includes("4711")),
      [
        "link /elsewhere/agent -> /opt/agent",
        "link /home/ada/agent -> /opt/agent",
        "link /tmp/agent -> /opt/agent",
      ],
    );
  });

  test("are made once, though several things are reached by them", () => {
    const links = [linkTo("/home/ada/code", "/data/code")];
    const project = {
      root: "/data/code/project",
      gitDirectories: [],
      workingDirectory: "/data/code/project",
      links,
    };
    const mounts = [mountOf("/home/ada/code/x", {}, { real: "/data/code/x", links })];
    const made = planMounts(debian({ project, mounts }), "none");
    assert.deepEqual(sketchBelow("/home/ada", made), [
      "tmpfs /home/ada 700",
      "link /home/ada/code -> /data/code",
    ]);
    assert.deepEqual(sketchBelow("/data", made), ["rw /data/code/project", "ro /data/code/x"]);
  });

  test("that a mount which is left out needs are not made", () => {
    const links = [linkTo("/home/ada/dotfiles", "/data/dotfiles")];
    const place = { kind: "missing" as const, real: "/data/dotfiles/x", links };
    const skipped = mountOf("/home/ada/dotfiles/x", { missing: "skip" }, place);
    const created = mountOf("/home/ada/dotfiles/x", { missing: "create-directory" }, place);
    assert.deepEqual(homeOf(debian({ mounts: [skipped] })), []);
    assert.deepEqual(homeOf(debian({ mounts: [created] })), [
      "link /home/ada/dotfiles -> /data/dotfiles",
    ]);
  });
});

/** What the home directory has besides itself and the project. */
function homeOf(facts: HostFacts): string[] {
  const lines = sketchBelow("/home/ada", planMounts(facts, "none"));
  return lines.filter((line) => line !== "tmpfs /home/ada 700" && line !== "rw /home/ada/project");
}
