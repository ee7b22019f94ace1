import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import type { World } from "../helpers/world.ts";
import { makeWorld, why } from "./why-world.ts";

describe("pale why PATH", () => {
  const rows: [args: string[], expected: string][] = [
    [
      ["~/notes/a"],
      `path HOME/notes/a: read-only
  ro mount of HOME/notes  # ~/.config/pale/config.toml:4
  let it be written, for one run: pale run --rw HOME/notes/a
  for good, at the top of config.toml: mounts = [{ host = "~/notes/a", access = "rw" }]
`,
    ],
    [
      ["~/.ssh/id", "--profile", "tool"],
      `path HOME/.ssh/id: not there
  a new, empty HOME  # an empty home
  show it, for one run: pale run --ro HOME/.ssh/id
  for good, in [profile.tool]: mounts = [{ host = "~/.ssh/id" }]
`,
    ],
    [
      ["~/.ssh/id", "--", "--ro", "~/.ssh"],
      `path HOME/.ssh/id: read-only
  ro mount of HOME/.ssh  # --ro
  let it be written, for one run: pale run --rw HOME/.ssh/id
  for good, at the top of config.toml: mounts = [{ host = "~/.ssh/id", access = "rw" }]
`,
    ],
    [
      ["~/.config/pale/config.toml"],
      `path HOME/.config/pale/config.toml: not there
  a new, empty HOME  # an empty home
  no mount changes that: the mount \`HOME/.config/pale/config.toml\` would show \`HOME/.config/pale\`, where pale keeps its own files
`,
    ],
    [
      ["/etc/debian_version"],
      `path /etc/debian_version: read-only
  a copy of /etc/debian_version, made at the start  # configuration that programs read
`,
    ],
    [
      ["./missing"],
      `path HOME/work/project/missing: not there
  the host has nothing there; rw mount of HOME/work/project  # the project
`,
    ],
    [
      ["file", "--", "--protect", "file"],
      `path HOME/work/project/file: protected (read-only in a writable place)
  ro mount of HOME/work/project/file  # protected: by --protect
  let it be written, for one run: pale run --unprotect file
  for good, at the top of config.toml: unprotect = ["file"]
`,
    ],
    [
      [".git/hooks"],
      `path HOME/work/project/.git/hooks: protected (not there, and cannot be made)
  nothing can be made at HOME/work/project/.git/hooks  # protected: git runs them
  let it be written, for one run: pale run --unprotect .git/hooks
  for good, at the top of config.toml: unprotect = [".git/hooks"]
`,
    ],
    [
      ["file"],
      `path HOME/work/project/file: read-write
  rw mount of HOME/work/project  # the project
  keep it read-only, for one run: pale run --protect file
  for good, at the top of config.toml: protect = ["file"]
`,
    ],
    [
      ["~/notes/a", "--", "--mask", "~/notes"],
      `path HOME/notes/a: masked
  something empty in the place of HOME/notes  # --mask
  show it, for one run: pale run --ro HOME/notes/a
  for good, at the top of config.toml: mounts = [{ host = "~/notes/a" }]
`,
    ],
    [
      ["/no/such"],
      `path /no/such: not there
  nothing is mounted there
`,
    ],
    [
      ["~/state/kept"],
      `path HOME/state/kept: read-only
  its permissions on the host do not let you write it  # ~/.config/pale/config.toml:5
`,
    ],
    [
      ["~/share"],
      `path HOME/share: read-only
  ro mount of /usr/share on HOME/share  # ~/.config/pale/config.toml:6
`,
    ],
  ];
  for (const [args, expected] of rows) {
    test(args.join(" "), (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld();
      assert.equal(why(world, args), expected);
    });
  }

  test("names only changes that a launch then has", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const paths = ["~/notes/a", "~/.ssh/id", "/etc/shadow", "/usr/bin/env", "link", "/etc/hosts"];
    const named = paths.flatMap((path) => {
      const [, flag, value] =
        / pale run (--r[ow]) (\S+)$/mu.exec(world.pale(["why", path]).stdout) ?? [];
      return flag === undefined || value === undefined ? [] : [{ flag, value }];
    });
    assert.ok(named.length >= 2);
    for (const { flag, value } of named) {
      const letter = flag === "--rw" ? "w" : "r";
      const script = `test -${letter} '${value}'`;
      assert.equal(world.inside(script).status, 1, `${value} without ${flag}`);
      assert.equal(world.inside(script, { flags: [flag, value] }).status, 0, `${value} ${flag}`);
    }
  });

  test("agrees with what a sandbox finds", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const flagSets = [[], ["--rw", "~/.ssh"], ["--mask", "~/notes"], ["--protect", "file"]];
    const seen = new Set<string>();
    for (const flags of flagSets) {
      const found = findByShell(world, flags);
      for (const [path, letters] of found) {
        const { stdout } = world.pale(["why", "--json", "--path", path, "--", ...flags]);
        const { state } = JSON.parse(stdout) as { state: string };
        seen.add(state);
        const expected = LETTERS[state];
        assert.ok(expected, state);
        assert.ok(
          expected.includes(letters),
          `${flags.join(" ")} ${path}: ${state}, found ${letters}`,
        );
      }
    }
    assert.deepEqual([...seen].toSorted(), Object.keys(LETTERS).toSorted());
  });
});

/** What a state means: e for there, r for readable, w for writable. */
const LETTERS: Readonly<Record<string, string[]>> = {
  "not there": [""],
  "read-only": ["er"],
  "read-write": ["erw"],
  unreadable: ["e", "ew"],
  // A masked directory is there and empty; what was in it is not.
  masked: ["", "e", "er"],
  "protected (read-only in a writable place)": ["er"],
  // What stands in for it while a sandbox runs.
  "protected (not there, and cannot be made)": ["er"],
};

function findByShell(world: World, flags: readonly string[]): [path: string, letters: string][] {
  const { home, project } = world;
  const inHome = ["", "/notes", "/notes/a", "/notes/closed", "/state", "/state/b", "/state/kept"];
  const more = ["/.ssh", "/.ssh/id", "/.config/pale/config.toml", "/share", "/work"];
  const inProject = [
    "",
    "/file",
    "/link",
    "/out",
    "/missing",
    "/.git",
    "/.git/HEAD",
    "/.git/hooks",
  ];
  const system = `/ /usr /usr/bin/env /bin /bin/sh /etc /etc/passwd /etc/hosts /etc/shadow
    /etc/ssl /tmp /var /var/tmp /run /home /root /boot /sys /opt /srv /no/such`.split(/\s+/u);
  const paths = [
    ...[...inHome, ...more].map((path) => home + path),
    ...inProject.map((path) => project + path),
    ...system,
  ];
  const tests = ["e", "r", "w"].map((each) => `[ -${each} "$path" ] && printf ${each}`).join("; ");
  const script = `for path in ${paths.map((path) => `'${path}'`).join(" ")}; do ${tests}; echo; done`;
  const { stdout, stderr } = world.inside(script, { flags });
  const letters = stdout.split("\n").slice(0, -1);
  assert.equal(letters.length, paths.length, stderr);
  return paths.map((path, index) => [path, letters[index] ?? ""]);
}

describe("what the word is taken for", () => {
  test("what is on the disk is a path, unless it is said otherwise", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.write("work/project/NAME", "");
    const rows: [string[], RegExp][] = [
      [["file"], /^path /u],
      [["NAME"], /^path /u],
      [["--var", "NAME"], /^variable NAME: absent/u],
      [["--host", "file"], /^host file:443: denied/u],
      [["--path", "a.test"], /^path \S+\/a\.test: not there/u],
      [["$NAME"], /^variable /u],
      [["a.test"], /^host /u],
      [["--host", "--var", "x"], /^pale: `--path`, `--host` and `--var` do not go together\n/u],
      [["--var", "a-b"], /^pale: `a-b` cannot be a variable\n {2}\$NAME\n/u],
      [[], /^pale: missing required argument 'words'\n/u],
      [["--", "claude"], /^pale: .*/u],
      [["a", "b"], /^pale: one word too many: `b`\n/u],
    ];
    for (const [args, expected] of rows) assert.match(why(world, args), expected);
  });

  test("nothing is started or made", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    world.write(
      ".config/pale/config.toml",
      '[profile.p]\nmounts = [{ host = "~/made", create = true }]\ncommand = ["touch", "started"]\n',
    );
    const control = "[ -e ~/made ] && echo made; [ -e started ] && echo started";
    assert.match(why(world, ["~/made", "--profile", "p"]), /^path HOME\/made: /u);
    assert.equal(world.outside(control).stdout, "");
    assert.equal(world.pale(["run", "--profile", "p"]).status, 0);
    assert.equal(world.outside(control).stdout, "made\nstarted\n");
  });
});
