import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRunArguments } from "../../src/commands/run-options.ts";
import { readRunRequest } from "../../src/commands/run-request.ts";
import type { RunRequest } from "../../src/commands/run-request.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";
import type { Shown } from "../helpers/user-errors.ts";

const PORTS = "a port from 1 to 65535, or two with a colon between them";

const PLACE = { workingDirectory: "/work/dir", home: "/home/ada" };

function read(...argv: string[]): RunRequest {
  return readRunRequest(parseRunArguments(argv), PLACE);
}

describe("readRunRequest", () => {
  test("asks for nothing when nothing is said", () => {
    assert.deepEqual(read("claude", "--network", "host"), {
      layer: EMPTY_LAYER,
      profile: undefined,
      project: undefined,
      config: { kind: "user" },
      projectFile: true,
      learn: false,
      shim: false,
      action: "run",
      command: ["claude", "--network", "host"],
      plan: undefined,
      program: undefined,
    });
  });

  test("reads what a shim says, and nothing that no shim says", () => {
    const hash = "0123456789abcdef".repeat(4);
    const { plan, program } = read("--plan", `${hash}:/a b:c`, "--program", "/bin/x", "claude");
    assert.deepEqual([plan, program], [{ path: "/a b:c", hash }, "/bin/x"]);
    for (const word of [`${hash}:a`, hash, `${hash.slice(1)}:/a`, "/a"]) {
      const [error] = catchUserErrors(() => read("--plan", word, "claude"));
      assert.equal(error?.hint, "write the shim again: pale shims", word);
    }
    assert.equal(catchUserErrors(() => read("--program", "x", "claude")).length, 1);
  });

  test("reads the options that make a layer, in order, with the flag as origin", () => {
    const argv = `--uses a -u b --mount /x:/y:rw --ro /r --rw /w -p /bin --path-add ~/bin
      -e A -e B=1 --network host --no-seccomp`.split(/\s+/u);
    const flags = { ro: "--ro", rw: "--rw", mount: "--mount", path: "--path-add", env: "--env" };
    assert.deepEqual(read(...argv, "sh").layer, {
      ...EMPTY_LAYER,
      uses: [
        { value: "a", origin: "--uses" },
        { value: "b", origin: "--uses" },
      ],
      mounts: [
        { host: "/x", sandbox: "/y", access: "rw", missing: "fail", origin: flags.mount },
        { host: "/r", access: "ro", missing: "fail", origin: flags.ro },
        { host: "/w", access: "rw", missing: "fail", origin: flags.rw },
      ],
      pathAdd: [
        { value: "/bin", origin: flags.path },
        { value: "/home/ada/bin", origin: flags.path },
      ],
      variables: [
        { kind: "pass", name: "A", origin: flags.env },
        { kind: "set", name: "B", value: "1", origin: flags.env },
      ],
      network: { value: "host", origin: "--network" },
      seccomp: { value: false, origin: "--no-seccomp" },
    });
  });

  test("reads what opens the network, in order", () => {
    const argv = `--allow A.example --allow *.b.example:22 --deny c.example --registry npm
      --endpoint A_URL -f 8080 --forward 1:2 --publish 3000 --publish 3:4 --publish auto
      --network open --learn`.split(/\s+/u);
    const { layer, learn } = read(...argv, "sh");
    assert.equal(learn, true);
    assert.deepEqual(layer, {
      ...EMPTY_LAYER,
      allow: [
        { value: "A.example", origin: "--allow" },
        { value: "*.b.example:22", origin: "--allow" },
      ],
      deny: [{ value: "c.example", origin: "--deny" }],
      registries: [{ value: "npm", origin: "--registry" }],
      endpoints: [{ value: "A_URL", origin: "--endpoint" }],
      forwards: [
        { value: { hostPort: 8080, sandboxPort: 8080 }, origin: "--forward" },
        { value: { hostPort: 1, sandboxPort: 2 }, origin: "--forward" },
      ],
      publish: [
        { value: { kind: "port", sandboxPort: 3000, hostPort: 3000 }, origin: "--publish" },
        { value: { kind: "port", sandboxPort: 3, hostPort: 4 }, origin: "--publish" },
        { value: { kind: "auto" }, origin: "--publish" },
      ],
      network: { value: "open", origin: "--network" },
    });
  });

  const lasts: [string[], Partial<RunRequest>][] = [
    [["--profile", "a", "--profile", "b"], { profile: "b" }],
    [["--project", "/a", "--project", "b"], { project: "/work/dir/b" }],
    [["--project", "~"], { project: "/home/ada" }],
    [["--config", "/a", "--no-config"], { config: { kind: "none" }, projectFile: false }],
    [["--no-project-file"], { projectFile: false }],
    [["--no-config", "--config", "~/a"], { config: { kind: "file", path: "/home/ada/a" } }],
    [["--config", "../a.toml"], { config: { kind: "file", path: "/work/a.toml" } }],
    [["--dry-run"], { action: "print" }],
    [["--dry-run=json"], { action: "print-json" }],
    [["--dry-run=json", "--dry-run"], { action: "print" }],
    [["--dry-run", "--help"], { action: "help" }],
    [["--seccomp", "--no-seccomp"], { layer: { ...EMPTY_LAYER, seccomp: off() } }],
    [["--network", "host", "--network=none"], { layer: { ...EMPTY_LAYER, network: none() } }],
  ];
  for (const [argv, expected] of lasts) {
    test(`lets the last of \`${argv.join(" ")}\` count`, () => {
      assert.deepEqual(read(...argv, "sh"), { ...read("sh"), ...expected });
    });
  }
});

describe("a path on the command line", () => {
  const rows: [string, string, string][] = [
    ["/a", "/a", "absolute"],
    ["/a/", "/a", "absolute, with a slash at the end"],
    ["/a/../b//c/.", "/b/c", "absolute, with what says nothing"],
    ["a", "/work/dir/a", "relative to the working directory"],
    [".", "/work/dir", "the working directory"],
    ["../a", "/work/a", "above the working directory"],
    ["~", "/home/ada", "the home directory"],
    ["~/", "/home/ada", "the home directory, with a slash"],
    ["~/a/", "/home/ada/a", "below the home directory, with a slash at the end"],
    ["~a", "/work/dir/~a", "a file with a tilde in its name"],
    ["./~/a", "/work/dir/~/a", "a directory with the name of a tilde"],
  ];
  for (const [written, path, what] of rows) {
    test(`\`${written}\` is ${path}: ${what}`, () => {
      assert.equal(read("--ro", written, "sh").layer.mounts[0]?.host, path);
      assert.equal(read("--mount", written, "sh").layer.mounts[0]?.host, path);
      assert.equal(read("--path-add", written, "sh").layer.pathAdd[0]?.value, path);
      assert.equal(read("--project", written, "sh").project, path);
    });
  }
});

describe("--mount", () => {
  const rows: [string, object][] = [
    ["/a", { host: "/a", access: "ro" }],
    ["/a:/b", { host: "/a", sandbox: "/b", access: "ro" }],
    ["/a:~/b/", { host: "/a", sandbox: "/home/ada/b", access: "ro" }],
    ["/a:/b:rw", { host: "/a", sandbox: "/b", access: "rw" }],
    ["/a:/b:ro", { host: "/a", sandbox: "/b", access: "ro" }],
    ["/a::rw", { host: "/a", access: "rw" }],
    ["/a:", { host: "/a", access: "ro" }],
    ["a b:/b c:rw", { host: "/work/dir/a b", sandbox: "/b c", access: "rw" }],
  ];
  for (const [value, mount] of rows) {
    test(`reads ${value}`, () => {
      const { mounts } = read("--mount", value, "sh").layer;
      assert.deepEqual(mounts, [{ ...mount, missing: "fail", origin: "--mount" }]);
    });
  }
});

describe("--env", () => {
  const rows: [string, object][] = [
    ["A", { kind: "pass", name: "A" }],
    ["_a1", { kind: "pass", name: "_a1" }],
    ["A=", { kind: "set", name: "A", value: "" }],
    ["A=b=c d", { kind: "set", name: "A", value: "b=c d" }],
    ["A=one\ntwo", { kind: "set", name: "A", value: "one\ntwo" }],
    ["__proto__", { kind: "pass", name: "__proto__" }],
  ];
  for (const [value, rule] of rows) {
    test(`reads ${JSON.stringify(value)}`, () => {
      const { variables } = read("--env", value, "sh").layer;
      assert.deepEqual(variables, [{ ...rule, origin: "--env" }]);
    });
  }
});

describe("a value that its option does not take is refused", () => {
  const mount = "--mount HOST[:INSIDE[:ro|rw|overlay|mask]]";
  const inside = "the path inside must be absolute or begin with `~/`";
  const env = "--env NAME or --env NAME=VALUE";
  const rows: [string, string, string][] = [
    ["--network", "Host", "`none`, `filtered`, `open` or `host`"],
    ["--allow", "*", "`*` would allow every host, which only the open mode does"],
    [
      "--deny",
      "https://a.example",
      "a host name is letters, digits and hyphens between dots, without scheme, path or user",
    ],
    ["--registry", "gem", "`npm`, `pip` or `cargo`"],
    ["--endpoint", "A-B", "the name of a variable that holds a URL"],
    ["--forward", "0", PORTS],
    ["--forward", "80:65536", PORTS],
    ["--forward", "1:2:3", PORTS],
    ["--publish", "http", PORTS],
    ["--dry-run", "yaml", "leave the value out, or say `--dry-run=json`"],
    ["--mount", ":/b", mount],
    ["--mount", "/a:/b:rx", mount],
    ["--mount", "/a:/b:", mount],
    ["--mount", "/a:/b:ro:x", mount],
    ["--mount", "/a:b", inside],
    ["--mount", "/a:./b", inside],
    ["--mount", "/a:~bob/b", inside],
    ["--env", "A B=1", env],
    ["--env", "=1", env],
    ["--env", "1A", env],
    ["--env", "A*", env],
  ];
  for (const [flag, value, hint] of rows) {
    test(`${flag}=${value}`, () => {
      const error: Shown = { message: `\`${flag}\` does not take \`${value}\``, hint };
      assert.deepEqual(
        catchUserErrors(() => read(`${flag}=${value}`, "sh")),
        [error],
      );
    });
  }
});

function off() {
  return { value: false, origin: "--no-seccomp" };
}

function none() {
  return { value: "none" as const, origin: "--network" };
}
