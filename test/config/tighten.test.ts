import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileConfiguration } from "../../src/config/compile.ts";
import { compileProjectFile } from "../../src/config/compile-project.ts";
import { tighten } from "../../src/config/tighten.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import type { Layer } from "../../src/policy.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const ROOT = "/home/ada/project";
const NAME = `${ROOT}/.pale.toml`;

/** Links of the imaginary host. */
const LINKS: Record<string, string> = { [`${ROOT}/out`]: "/home/ada/.ssh" };

function tightenText(text: string, below = "") {
  const file = compileProjectFile({ name: NAME, text }, ROOT);
  return tighten(file, {
    below: compileConfiguration([{ name: "c", text: below }]).defaults,
    home: "/home/ada",
    project: ROOT,
    follow: (path) => LINKS[path] ?? path,
  });
}

const at = (line: number) => `${NAME}:${line}`;

const filtered = (value: boolean) => ({ terminalFilter: { value, origin: at(1) } });

describe("a file that nobody has trusted may", () => {
  const rows: [what: string, text: string, below: string, kept: Partial<Layer>][] = [
    [
      "deny hosts and protect paths",
      'deny = ["a.example"]\nprotect = ["x"]\n',
      "",
      {
        deny: [{ value: "a.example", origin: at(1) }],
        protect: [{ value: "x", origin: at(2) }],
      },
    ],
    ["close the network", 'network = "none"\n', "", { network: { value: "none", origin: at(1) } }],
    [
      "filter an open network",
      'network = "filtered"\n',
      'network = "host"\n',
      { network: { value: "filtered", origin: at(1) } },
    ],
    [
      "say what is so already",
      'network = "filtered"\nmode = "allowlist"\nseccomp = true\n',
      "",
      {
        network: { value: "filtered", origin: at(1) },
        mode: { value: "allowlist", origin: at(2) },
        seccomp: { value: true, origin: at(3) },
      },
    ],
    [
      "turn the filter on, and the identity off",
      "seccomp = true\ngit_identity = false\n",
      "seccomp = false\ngit_identity = true\n",
      {
        seccomp: { value: true, origin: at(1) },
        gitIdentity: { value: false, origin: at(2) },
      },
    ],
    ["turn the terminal's filter on", "terminal_filter = true\n", "", filtered(true)],
    ["leave the terminal's filter off", "terminal_filter = false\n", "", filtered(false)],
    [
      "let less of the clipboard be read, and leave notices as they are",
      'clipboard = "images"\nnotify = "bell"\n',
      'clipboard = "all"\nnotify = "bell"\n',
      {
        clipboard: { value: "images", origin: at(1) },
        notify: { value: "bell", origin: at(2) },
      },
    ],
    [
      "set limits, and lower them",
      'limits = { processes = 10, memory = "1M" }\n',
      "limits = { processes = 11 }\n",
      {
        limits: [
          { value: { name: "processes", value: 10 }, origin: at(1) },
          { value: { name: "memory", value: 2 ** 20 }, origin: at(1) },
        ],
      },
    ],
    [
      "keep a limit as it is",
      "limits.processes = 11\n",
      "limits.processes = 11\n",
      { limits: [{ value: { name: "processes", value: 11 }, origin: at(1) }] },
    ],
    [
      "mask what is in the project",
      'mounts = [{ host = "./secrets", access = "mask", optional = true }]\n',
      "",
      {
        mounts: [{ host: `${ROOT}/secrets`, access: "mask", missing: "skip", origin: at(1) }],
      },
    ],
    [
      "make the project read-only",
      'mounts = [{ host = ".", access = "ro" }]\n',
      "",
      { mounts: [{ host: ROOT, access: "ro", missing: "fail", origin: at(1) }] },
    ],
    [
      "make a mount read-only, where it is and as it is",
      'mounts = [{ host = "~/data", access = "ro" }]\n',
      'mounts = [{ host = "~/data", sandbox = "/data", access = "rw", create = true }]\n',
      {
        mounts: [
          {
            host: "~/data",
            sandbox: "/data",
            access: "ro",
            missing: "create-directory",
            origin: at(1),
          },
        ],
      },
    ],
    [
      "ask for a mount that is read-only already",
      'mounts = [{ host = "~/data" }]\n',
      'mounts = [{ host = "~/data" }]\n',
      {},
    ],
    ["hold nothing, or empty lists", "allow = []\nuses = []\nenv.set = {}\n", "", {}],
  ];
  for (const [what, text, below, kept] of rows) {
    test(what, () => {
      const expected = { layer: { ...EMPTY_LAYER, ...kept }, refused: [] };
      assert.deepEqual(tightenText(text, below), expected);
    });
  }
});

describe("a file that nobody has trusted may not", () => {
  const widens = "widens what an agent may do";
  const yours = "is for you to choose, not for a project";
  const project = "may mask only what is inside the project";
  const rows: [text: string, subject: string, reason: string, below?: string][] = [
    ['uses = ["x"]', "uses", widens],
    ['path_add = ["/x"]', "path_add", widens],
    ['env.pass = ["X"]', "env.pass", widens],
    ['env.set.X = "1"', "env.set", widens],
    ['env.file.X = "/x"', "env.file", widens],
    ['env.command.X = ["x"]', "env.command", widens],
    ['allow = ["a.example", "b.example"]', "allow", widens],
    ['registries = ["npm"]', "registries", widens],
    ['endpoints = ["URL"]', "endpoints", widens],
    ['proxies = [{ host = "a.example" }]', "proxies", widens],
    ['logins = ["claude"]', "logins", widens],
    ['ssh_keys = ["me@home"]', "ssh_keys", widens],
    ['ssh_confirm = "log"', "ssh_confirm", widens],
    ["forwards = [{ host_port = 1 }]", "forwards", widens],
    ["publish = [1]", "publish", widens],
    ['publish = "auto"', "publish", widens],
    ['sockets = ["/x.sock"]', "sockets", widens],
    ['unprotect = [".git/hooks"]', "unprotect", widens],
    ['command = ["sh"]', "command", widens],
    ['warning = "x"', "warning", widens],
    ["git_identity = true", "git_identity = true", widens],
    ['clipboard = "images"', 'clipboard = "images"', widens],
    ['clipboard = "all"', 'clipboard = "all"', widens, 'clipboard = "images"'],
    ['notify = "bell"', 'notify = "bell"', yours],
    ['notify = "desktop"', 'notify = "desktop"', yours, 'notify = "bell"'],
    ['notify = "none"', 'notify = "none"', yours, 'notify = "desktop"'],
    ["seccomp = false", "seccomp = false", widens],
    ["terminal_filter = false", "terminal_filter = false", widens, "terminal_filter = true"],
    ['mode = "blacklist"', 'mode = "blacklist"', widens],
    ['network = "open"', 'network = "open"', "is wider than `filtered`"],
    ['network = "filtered"', 'network = "filtered"', "is wider than `none`", 'network = "none"'],
    [
      "limits.processes = 12",
      "limits.processes = 12",
      "is higher than 11",
      "limits.processes = 11",
    ],
    ['mounts = [{ host = "/x", access = "rw" }]', "mounts", `with access \`rw\` ${widens}`],
    [
      'mounts = [{ host = "./x", access = "overlay" }]',
      "mounts",
      `with access \`overlay\` ${widens}`,
    ],
    ['mounts = [{ host = "~/.ssh" }]', "mounts", "shows `~/.ssh`, which would not be there"],
    [
      'mounts = [{ host = "~/x" }]',
      "mounts",
      "shows `~/x`, which would not be there",
      'mounts = [{ host = "~/x", access = "mask" }]',
    ],
    [
      'mounts = [{ host = "./out" }]',
      "mounts",
      "inside the project may only mask; `protect` keeps a path read-only",
    ],
    ['mounts = [{ host = "~/.claude", access = "mask" }]', "mounts", project],
    ['mounts = [{ host = ".", access = "mask" }]', "mounts", project],
    ['mounts = [{ host = "./out", access = "mask" }]', "mounts", project],
    ['mounts = [{ host = "./../x", access = "mask" }]', "mounts", project],
    [
      'mounts = [{ host = "./x", access = "mask", sandbox = "/etc" }]',
      "mounts",
      `with \`sandbox\` ${widens}`,
    ],
    [
      'mounts = [{ host = "./x", access = "mask", variable = "HOME" }]',
      "mounts",
      `with \`variable\` ${widens}`,
    ],
    [
      'mounts = [{ host = "./x", access = "mask", create = true }]',
      "mounts",
      "with `create` would make a directory",
    ],
  ];
  for (const [text, subject, reason, below = ""] of rows) {
    test(`${text}${below && ` over ${below}`}`, () => {
      const { layer, refused } = tightenText(`\n${text}\n`, `${below}\n`);
      assert.deepEqual(refused, [{ subject, reason, origin: at(2) }]);
      assert.deepEqual(layer, EMPTY_LAYER, "and nothing of it is kept");
    });
  }

  test("have more than one line of mounts complained about", () => {
    const text = 'mounts = [{ host = "/a" }, { host = "/b" }]\n';
    assert.equal(tightenText(text).refused.length, 1);
  });
});

describe("the form of the file", () => {
  const compile = (text: string) => compileProjectFile({ name: NAME, text }, ROOT);

  test("is that of a profile, with `./` for the project wherever a host path stands", () => {
    const layer = compile(`
path_add = ["./bin", "."]
sockets = ["./s.sock"]
env.file.X = "./x"
mounts = [{ host = "./a", sandbox = "./b" }]
`);
    assert.deepEqual(
      layer.pathAdd.map(({ value }) => value),
      [`${ROOT}/bin`, ROOT],
    );
    assert.equal(layer.sockets[0]?.value, `${ROOT}/s.sock`);
    assert.deepEqual(layer.variables, [
      { kind: "file", name: "X", path: `${ROOT}/x`, origin: at(4) },
    ]);
    assert.deepEqual(layer.mounts, [
      { host: `${ROOT}/a`, sandbox: `${ROOT}/b`, access: "ro", missing: "fail", origin: at(5) },
    ]);
  });

  const wrong: [text: string, message: string, line: number][] = [
    ["[profile.x]\n", "unknown key `profile`", 1],
    ['\n[project."/x"]\n', "unknown key `project`", 2],
    ["\nallwo = []\n", "unknown key `allwo`", 2],
    ['path_add = ["bin"]\n', "`path_add[0]`: must be absolute or begin with `~/`", 1],
    ["mounts = 1\nenv = 2\n", "`mounts`: must be a list", 1],
  ];
  for (const [text, message, line] of wrong) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      const [first] = catchUserErrors(() => compile(text));
      assert.equal(first?.message, message);
      assert.equal(first?.origin, at(line));
    });
  }

  test("has no more than twenty of its mistakes shown", () => {
    const text = Array.from({ length: 100 }, (_, index) => `x${index} = 1\n`).join("");
    const errors = catchUserErrors(() => compile(text));
    assert.equal(errors.length, 21);
    assert.deepEqual(errors.at(-1), { message: "and 80 more" });
  });
});
