import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Folder } from "../helpers/folder.ts";
import { PALE } from "../helpers/world.ts";

/** As a package manager calls it: with no home, and next to no environment. */
function generate(folder: Folder, shims: readonly object[], ...words: string[]) {
  const described = shims.flatMap((shim) => ["--shim", JSON.stringify(shim)]);
  const argv = ["shims", "generate", folder.at("out"), ...described, ...words];
  const { status, stdout, stderr } = spawnSync(PALE, argv, {
    env: { PATH: "/usr/bin:/bin" },
    cwd: folder.path,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const CLAUDE = {
  name: "claude",
  profile: "mine",
  arguments: ["--two words"],
  program: "/store/claude-1/bin/claude",
};

const CONFIG = '[profile.mine]\nuses = ["claude"]\n';

/** Every file below a directory, with its text. */
function readTree(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(directory.length + 1), readFileSync(path, "utf8")]),
  );
}

describe("pale shims generate", () => {
  test("writes shims of one program with their configuration, and their twins", () => {
    using folder = new Folder();
    const config = folder.write("c.toml", CONFIG);
    const shims = [CLAUDE, { name: "npm", raw: null }, { name: "pi", raw: "pi-plain" }];
    const outcome = generate(folder, shims, "--config", "c.toml", "--pale", "/store/pale");
    const bin = folder.at("out/bin");
    const stdout = `${bin}: claude claude-raw npm pi pi-plain\n`;
    assert.deepEqual(outcome, { status: 0, stdout, stderr: "" });
    const tree = readTree(folder.at("out"));
    const plan = Object.keys(tree).find((name) => name.startsWith("share/pale/plans/claude-"));
    assert.deepEqual(Object.keys(tree).length, 8);
    const [, word = ""] = / --plan (\S+) /u.exec(tree["bin/claude"] ?? "") ?? [];
    assert.equal(word.slice(65), folder.at(`out/${plan}`));
    const program = `--program ${CLAUDE.program}`;
    const options = `--plan ${word} --config ${config} ${program} --profile mine`;
    assert.equal(
      tree["bin/claude"]?.split("\n").at(-2),
      `exec /store/pale run --shim ${options} -- claude '--two words' "$@"`,
    );
    assert.equal(tree["bin/claude-raw"]?.split("\n").at(-2), `exec ${CLAUDE.program} "$@"`);
    assert.match(tree["bin/npm"] ?? "", /Written by `pale shims`\.$/mu);
    assert.match(tree["bin/pi"] ?? "", /; `pi-plain` is the way out\.$/mu);
  });

  test("gives the same bytes a second time", () => {
    using folder = new Folder();
    folder.write("c.toml", CONFIG);
    assert.equal(generate(folder, [CLAUDE], "--config", "c.toml").status, 0);
    const first = readTree(folder.at("out"));
    spawnSync("rm", ["-r", folder.at("out")]);
    assert.equal(generate(folder, [CLAUDE], "--config", "c.toml").status, 0);
    assert.deepEqual(readTree(folder.at("out")), first);
    folder.write("c.toml", `# another\n${CONFIG}`);
    spawnSync("rm", ["-r", folder.at("out")]);
    assert.equal(generate(folder, [CLAUDE], "--config", "c.toml").status, 0);
    assert.notDeepEqual(readTree(folder.at("out")), first, "control");
  });

  test("has no plan where the configuration is the user's", () => {
    using folder = new Folder();
    assert.equal(generate(folder, [CLAUDE]).status, 0);
    assert.deepEqual(Object.keys(readTree(folder.at("out"))), ["bin/claude", "bin/claude-raw"]);
  });

  const REFUSED: [string, object, string, RegExp][] = [
    [
      "a bad configuration",
      CLAUDE,
      "nosuch = 1\n",
      /^pale: unknown key `nosuch`\n {2}at .*c\.toml:1/u,
    ],
    [
      "a profile that is not there",
      CLAUDE,
      "",
      /^pale: unknown profile `mine`\n {2}at the shim `claude`\n/u,
    ],
    [
      "an unknown key",
      { ...CLAUDE, args: [] },
      CONFIG,
      /has the unknown key `args`\n {2}at --shim\n/u,
    ],
    [
      "a relative program",
      { ...CLAUDE, program: "x" },
      CONFIG,
      /needs as `program` an absolute path/u,
    ],
    ["a word of the shell", { name: "cd" }, CONFIG, /`cd` is a word of the shell/u],
    ["no name", {}, CONFIG, /needs as `name` a command's name/u],
    [
      "a twin's name that is none",
      { ...CLAUDE, raw: "../x" },
      CONFIG,
      /needs as `raw` a file name/u,
    ],
    ["a twin that all shims would start", { ...CLAUDE, raw: "pale" }, CONFIG, /needs as `raw`/u],
    ["one name twice", { ...CLAUDE, raw: "claude" }, CONFIG, /two shims would be called `claude`/u],
    ["no object", [], CONFIG, /is no JSON object/u],
  ];
  for (const [name, shim, config, message] of REFUSED) {
    test(`refuses ${name}, and writes nothing`, () => {
      using folder = new Folder();
      folder.write("c.toml", config);
      const { status, stderr } = generate(folder, [shim], "--config", "c.toml");
      assert.equal(status, 125);
      assert.match(stderr, message);
      assert.deepEqual(readdirSync(folder.path), ["c.toml"]);
    });
  }
});
