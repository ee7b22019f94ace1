import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HostFacts } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import { planPreparations } from "../../src/plan/rule-mounts.ts";
import { debian, linkTo, mountOf, PROGRAMS } from "../helpers/facts.ts";
import { sketchBelow } from "../helpers/sketch.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";
import type { Shown } from "../helpers/user-errors.ts";

const below = (path: string, facts: Partial<HostFacts>) =>
  sketchBelow(path, planMounts(debian(facts), "none"));

describe("a mount of the policy", () => {
  const missing = { kind: "missing" as const };
  const rows: [string, ReturnType<typeof mountOf>[], string[]][] = [
    ["is read-only", [mountOf("/data/x")], ["ro /data/x"]],
    ["is writable when it says so", [mountOf("/data/x", { access: "rw" })], ["rw /data/x"]],
    [
      "is where its links lead, reached by them",
      [mountOf("/data/x", {}, { real: "/data/y", links: [linkTo("/data/x", "y")] })],
      ["link /data/x -> y", "ro /data/y"],
    ],
    [
      "is at another place when it says so, with no links to it",
      [
        mountOf(
          "/srv/x",
          { sandbox: "/data/z" },
          { real: "/srv/y", links: [linkTo("/srv/x", "y")] },
        ),
      ],
      ["ro /data/z of /srv/y"],
    ],
    [
      "goes behind the links that the sandbox has",
      [
        mountOf("/srv/x", { sandbox: "/data/link/z" }),
        mountOf(
          "/data/link/a",
          {},
          { real: "/data/real/a", links: [linkTo("/data/link", "real")] },
        ),
      ],
      ["link /data/link -> real", "ro /data/real/a", "ro /data/real/z of /srv/x"],
    ],
    ["is left out when it may be missing", [mountOf("/data/x", { missing: "skip" }, missing)], []],
    [
      "is made when it is missing",
      [mountOf("/data/x", { access: "rw", missing: "create-directory" }, missing)],
      ["rw /data/x"],
    ],
    [
      "counts more than an earlier one of the same place",
      [mountOf("/data/x", { access: "rw" }), mountOf("/data/x")],
      ["ro /data/x"],
    ],
    [
      "shows inside of another, whichever is named first",
      [mountOf("/data/x/y", { access: "rw" }), mountOf("/data/x")],
      ["ro /data/x", "rw /data/x/y"],
    ],
    [
      "is not repeated read-only inside of a read-only one",
      [mountOf("/data/x"), mountOf("/data/x/y"), mountOf("/data/x/y/z")],
      ["ro /data/x"],
    ],
    [
      "is repeated read-only inside of a writable one",
      [mountOf("/data/x", { access: "rw" }), mountOf("/data/x/y"), mountOf("/data/x/y/z")],
      ["rw /data/x", "ro /data/x/y"],
    ],
  ];
  for (const [what, mounts, lines] of rows) {
    test(what, () => assert.deepEqual(below("/data", { mounts }), lines));
  }

  test("of what the system shows already changes nothing", () => {
    assert.deepEqual(below("/usr", { mounts: [mountOf("/usr/share/doc")] }), ["ro /usr"]);
  });

  test("can make the project, or a part of it, read-only", () => {
    const part = mountOf("/home/ada/project/.git");
    assert.deepEqual(below("/home/ada/project", { mounts: [part] }), [
      "rw /home/ada/project",
      "ro /home/ada/project/.git",
    ]);
    const whole = mountOf("/home/ada/project");
    assert.deepEqual(below("/home/ada/project", { mounts: [whole] }), ["ro /home/ada/project"]);
  });

  test("can show the host's /tmp, and its own hosts", () => {
    assert.deepEqual(below("/tmp", { mounts: [mountOf("/tmp")] }), ["ro /tmp"]);
    const hosts = mountOf("/home/ada/hosts", { sandbox: "/etc/hosts" });
    assert.ok(below("/etc", { mounts: [hosts] }).includes("ro /etc/hosts of /home/ada/hosts"));
  });

  test("can cover what the host has in the project, or in the system", () => {
    const mounts = [
      mountOf(
        "/dev/null",
        { sandbox: "/home/ada/project/.env" },
        { place: "/home/ada/project/.env" },
      ),
      mountOf("/srv/tool", { sandbox: "/bin/tool" }, { place: "/usr/bin/tool" }),
    ];
    assert.deepEqual(below("/home/ada/project", { mounts }), [
      "rw /home/ada/project",
      "ro /home/ada/project/.env of /dev/null",
    ]);
    assert.deepEqual(below("/usr", { mounts }), ["ro /usr", "ro /usr/bin/tool of /srv/tool"]);
  });

  test("on the old name of /run is below /run", () => {
    const docker = mountOf("/srv/socket", { sandbox: "/var/run/docker.sock" });
    assert.ok(below("/run", { mounts: [docker] }).includes("ro /run/docker.sock of /srv/socket"));
  });
});

describe("the project", () => {
  test("is writable, with the git directories that belong to it", () => {
    const project = {
      root: "/data/worktree",
      gitDirectories: ["/data/main/.git"],
      workingDirectory: "/data/worktree/src",
      links: [],
    };
    assert.deepEqual(below("/data", { project }), ["rw /data/main/.git", "rw /data/worktree"]);
  });

  test("is writable inside of the bare repository that it is a worktree of", () => {
    const root = "/data/bare.git/main";
    const project = { root, gitDirectories: ["/data/bare.git"], workingDirectory: root, links: [] };
    assert.deepEqual(below("/data", { project }), ["rw /data/bare.git", "rw /data/bare.git/main"]);
  });
});

describe("a mount is refused", () => {
  const own = "where pale keeps its own files";
  const beside = "mount a directory beside or below it instead";
  const rows: [string, Partial<HostFacts>, Shown][] = [
    [
      "when it does not exist",
      { mounts: [mountOf("/data/x", {}, { kind: "missing" })] },
      {
        message: "the mount `/data/x` does not exist",
        origin: "config.toml:1",
        hint: "create it, or add `optional = true` (or `create = true`) to the mount",
      },
    ],
    [
      "when pale's own files are in it",
      { mounts: [mountOf("/home/ada/.config", { access: "rw", origin: "--rw" })] },
      {
        message: `the mount \`/home/ada/.config\` would show \`/home/ada/.config/pale\`, ${own}`,
        origin: "--rw",
        hint: beside,
      },
    ],
    [
      "when it is in pale's own files",
      { mounts: [mountOf("/home/ada/.cache/pale/files")] },
      {
        message: `the mount \`/home/ada/.cache/pale/files\` would show \`/home/ada/.cache/pale\`, ${own}`,
        origin: "config.toml:1",
        hint: beside,
      },
    ],
    [
      "when a link leads there",
      { mounts: [mountOf("/data/link", {}, { real: "/home/ada/.config/pale" })] },
      {
        message: `the mount \`/home/ada/.config/pale\` would show \`/home/ada/.config/pale\`, ${own}`,
        origin: "config.toml:1",
        hint: beside,
      },
    ],
    [
      "when a link leads to where it would be made there",
      {
        mounts: [
          mountOf(
            "/data/link/new",
            { missing: "create-directory" },
            { kind: "missing", real: "/home/ada/.cache/pale/new" },
          ),
        ],
      },
      {
        message: `the mount \`/home/ada/.cache/pale/new\` would show \`/home/ada/.cache/pale\`, ${own}`,
        origin: "config.toml:1",
        hint: beside,
      },
    ],
    [
      "when it is the home directory",
      { mounts: [mountOf("/home/ada")] },
      {
        message: `the mount \`/home/ada\` would show \`/home/ada/.config/pale\`, ${own}`,
        origin: "config.toml:1",
        hint: beside,
      },
    ],
    [
      "when it would have to be made on the host, inside of another",
      { mounts: [mountOf("/srv/x", { sandbox: "/home/ada/project/x" })] },
      {
        message: "nothing can be mounted on `/home/ada/project/x`",
        origin: "config.toml:1",
        hint: "choose a place that exists, or one outside of `/home/ada/project`",
      },
    ],
    [
      "when the project would have to be made on the host, inside of another",
      { mounts: [mountOf("/srv/x", { sandbox: "/home/ada" })] },
      {
        message: "nothing can be mounted on `/home/ada/project`",
        origin: "the project",
        hint: "choose a place that exists, or one outside of `/home/ada`",
      },
    ],
    [
      "when it would have to be made among the system's files",
      { mounts: [mountOf("/srv/x", { sandbox: "/bin/x" })] },
      {
        message: "nothing can be mounted on `/usr/bin/x`",
        origin: "config.toml:1",
        hint: "choose a place that exists, or one outside of `/usr`",
      },
    ],
    [
      "when it would have to be made among processes",
      { mounts: [mountOf("/srv/x", { sandbox: "/proc/x" }, { place: "/proc/x" })] },
      {
        message: "nothing can be mounted on `/proc/x`",
        origin: "config.toml:1",
        hint: "choose a place that exists, or one outside of `/proc`",
      },
    ],
    [
      "when its place is a link of the host's",
      { mounts: [mountOf("/srv/x", { sandbox: "/usr/link" }, { place: "/usr/real" })] },
      {
        message: "nothing can be mounted on `/usr/link`",
        origin: "config.toml:1",
        hint: "choose a place that exists, or one outside of `/usr`",
      },
    ],
    [
      "when its place is there on the host, but not in what is shown there",
      {
        mounts: [
          mountOf("/srv/x", { sandbox: "/data/x" }, { place: "/data/x" }),
          mountOf("/srv/y", { sandbox: "/data" }),
        ],
      },
      {
        message: "nothing can be mounted on `/data/x`",
        origin: "config.toml:1",
        hint: "choose a place that exists, or one outside of `/data`",
      },
    ],
    [
      "when it would show the host's processes",
      { mounts: [mountOf("/proc")] },
      {
        message: "nothing can be mounted over `/proc`",
        origin: "config.toml:1",
        hint: "pale makes it anew; mount only what is needed below `/proc`",
      },
    ],
    [
      "when it would cover what pale makes in it",
      { mounts: [mountOf("/var")] },
      {
        message: "nothing can be mounted over `/var/run`",
        origin: "config.toml:1",
        hint: "pale makes it anew; mount only what is needed below `/var`",
      },
    ],
    [
      "when it would cover the first process of the sandbox",
      { mounts: [mountOf("/srv/init", { sandbox: "/run/pale" })] },
      {
        message: "nothing can be mounted over `/run/pale/init`",
        origin: "config.toml:1",
        hint: "pale makes it anew; mount only what is needed below `/run/pale`",
      },
    ],
  ];
  for (const [what, facts, error] of rows) {
    test(what, () =>
      assert.deepEqual(
        catchUserErrors(() => below("/", facts)),
        [error],
      ),
    );
  }

  for (const path of ["/", "/dev", "/etc", "/run", "/home"]) {
    test(`when it is ${path}`, () => {
      const [error] = catchUserErrors(() => below("/", { mounts: [mountOf(path)] }));
      assert.match(error?.message ?? "", /would show|nothing can be mounted over/u);
    });
  }

  test("but not beside pale's own files, though the names begin alike", () => {
    const mounts = [mountOf("/home/ada/.config/paler"), mountOf("/home/ada/.config/git")];
    assert.deepEqual(below("/home/ada/.config", { mounts }), [
      "ro /home/ada/.config/git",
      "ro /home/ada/.config/paler",
    ]);
  });

  test("and so is a program whose package holds the home directory", () => {
    const program = { ...PROGRAMS.native, exposed: ["/home"] };
    assert.deepEqual(
      catchUserErrors(() => below("/", { program })),
      [
        {
          message: "the program lies in `/home`, which holds the home directory",
          hint: "install it somewhere else",
        },
      ],
    );
  });
});

describe("what is made on the host", () => {
  const create = { missing: "create-directory" as const };
  const missing = { kind: "missing" as const };

  test("is what is missing and may be made, where links lead, each once", () => {
    const facts = [
      mountOf("/data/there", create),
      mountOf("/data/link", create, { ...missing, real: "/data/end" }),
      mountOf("/data/skip", { missing: "skip" }, missing),
      mountOf("/data/twice", create, missing),
      mountOf("/data/twice", { ...create, origin: "config.toml:2" }, missing),
    ];
    assert.deepEqual(planPreparations(facts), [
      { kind: "make-directory", path: "/data/end", why: "config.toml:1" },
      { kind: "make-directory", path: "/data/twice", why: "config.toml:2" },
    ]);
  });

  test("is what seeds are copied to, after the directories", () => {
    const seeds = [{ from: "/data/old", to: "/data/new/file" }];
    const facts = [
      mountOf("/data/there", {}, { seeds: [{ from: "/data/old", to: "/data/there/file" }] }),
      mountOf("/data/new", create, { ...missing, seeds }),
      mountOf("/data/skip", { missing: "skip" }, { ...missing, seeds }),
    ];
    const why = "config.toml:1";
    assert.deepEqual(planPreparations(facts), [
      { kind: "make-directory", path: "/data/new", why },
      { kind: "copy-file", from: "/data/old", path: "/data/there/file", why },
      { kind: "copy-file", from: "/data/old", path: "/data/new/file", why },
    ]);
  });
});
