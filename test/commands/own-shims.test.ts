import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { Folder } from "../helpers/folder.ts";
import { PALE } from "../helpers/world.ts";

/** Tested in test/shim/plan.test.ts. */
const PLAN = / --plan [0-9a-f]{64}:\S+\.json(?= )/gu;

const SHIMS = ".local/share/pale/shims";

describe("pale shims add", () => {
  test("writes a shim with profile and arguments, which `pale shims` writes again", () => {
    using home = new Folder();
    run(home, "shims", "add", "npm", "--profile", "claude", "--", "--loglevel", "two words");
    const last = () => lastLine(home, "npm");
    const expected = `exec ${PALE} run --shim --profile claude -- npm --loglevel 'two words' "$@"`;
    assert.equal(last(), expected);
    assert.equal(lastLine(home, "npm-raw"), 'exec "$real" "$@"');
    home.write(`${SHIMS}/npm`, "#!/bin/sh\n# pale shim, of another version\n", 0o755);
    run(home, "shims");
    assert.equal(last(), expected);
  });

  test("has no profile where none is named, and takes the place of one before", () => {
    using home = new Folder();
    run(home, "shims", "add", "cargo", "--", "--quiet");
    run(home, "shims", "add", "cargo");
    assert.equal(lastLine(home, "cargo"), `exec ${PALE} run --shim -- cargo "$@"`);
    assert.equal(run(home, "shims", "list").match(/^cargo /gmu)?.length, 1);
  });

  test("gives an agent arguments of its own, inside only", () => {
    using home = new Folder();
    run(home, "shims");
    const [plain, raw] = [lastLine(home, "claude"), lastLine(home, "claude-raw")];
    run(home, "shims", "add", "claude", "--", "--dangerously-skip-permissions");
    const expected = `exec ${PALE} run --shim --profile claude -- claude --dangerously-skip-permissions "$@"`;
    assert.equal(lastLine(home, "claude"), expected);
    assert.equal(lastLine(home, "claude-raw"), raw);
    run(home, "shims", "remove", "claude");
    assert.equal(lastLine(home, "claude"), plain);
  });

  test("refuses names, profiles and files in the way, and remembers nothing of it", () => {
    using home = new Folder();
    assert.match(fail(home, "shims", "add", "cd"), /^pale: `cd` is a word of the shell/u);
    assert.match(fail(home, "shims", "add", "bin/npm"), /^pale: `bin\/npm` is a path/u);
    const unknown = fail(home, "shims", "add", "npm", "--profile", "claud");
    assert.match(
      unknown,
      /^pale: unknown profile `claud`\n {2}at --profile\n {2}did you mean `claude`/u,
    );
    home.write(`${SHIMS}/npm`, "mine");
    assert.match(fail(home, "shims", "add", "npm"), /npm` is there and is not a shim of pale/u);
    assert.equal(existsSync(home.at(".local/share/pale/shims.json")), false);
    run(home, "shims", "add", "cargo");
    assert.ok(existsSync(home.at(".local/share/pale/shims.json")), "control");
  });
});

describe("pale shims remove", () => {
  test("removes the shim and its twin, and says what was added when it was another", () => {
    using home = new Folder();
    run(home, "shims", "add", "npm");
    run(home, "shims", "add", "cargo");
    assert.match(
      fail(home, "shims", "remove", "claude"),
      /no shim `claude` was added\n {2}added: cargo, npm\n$/u,
    );
    run(home, "shims", "remove", "npm");
    const left = ["npm", "npm-raw", "cargo"].filter((name) =>
      existsSync(home.at(`${SHIMS}/${name}`)),
    );
    assert.deepEqual(left, ["cargo"]);
  });
});

test("pale shims list: name, profile, arguments, plan, and the program or that there is none", () => {
  using home = new Folder();
  const npm = home.write("bin/npm", "#!/bin/sh\n", 0o755);
  run(home, "shims", "add", "npm", "--", "--two words");
  run(home, "shims", "add", "nosuch", "--profile", "claude");
  const rows = run(home, "shims", "list").split("\n");
  const cells = rows.map((row) => row.split(/ {2,}/u));
  assert.deepEqual(
    cells.filter(([name = ""]) => ["name", "npm", "nosuch"].includes(name)),
    [
      ["name", "profile", "arguments", "plan", "program"],
      ["nosuch", "claude", "-", "holds", "not found"],
      ["npm", "-", "'--two words'", "holds", npm],
    ],
  );
  assert.ok(cells.some(([name, profile]) => name === "codex" && profile === "codex"));
});

test("pale shims list: what became of a plan", () => {
  using home = new Folder();
  run(home, "shims");
  const read = () =>
    run(home, "shims", "list").match(/(?<=^claude .*)(holds|none|(stale|unus).*?)(?= {2})/mu)?.[0];
  assert.equal(read(), "holds");
  const config = home.write(".config/pale/config.toml", "");
  assert.equal(read(), `stale: ${config} is new`);
  run(home, "shims");
  assert.equal(read(), "holds");
  const shim = readFileSync(home.at(`${SHIMS}/claude`), "utf8");
  const [, plan = ""] = /--plan \S+:(\S+)/u.exec(shim) ?? [];
  appendFileSync(plan, " ");
  assert.equal(read(), "unusable: is not what the shim was written for");
  home.write(`${SHIMS}/claude`, shim.replace(PLAN, ""));
  assert.equal(read(), "none");
});

function lastLine(home: Folder, name: string): string | undefined {
  const text = readFileSync(home.at(`${SHIMS}/${name}`), "utf8").replace(PLAN, "");
  return text.trimEnd().split("\n").at(-1);
}

function run(home: Folder, ...argv: string[]): string {
  const { status, stdout, stderr } = start(home, argv);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  return stdout;
}

function fail(home: Folder, ...argv: string[]): string {
  const { status, stderr } = start(home, argv);
  assert.equal(status, 125);
  return stderr;
}

function start(home: Folder, argv: string[]) {
  const env = { HOME: home.path, PATH: `${home.at("bin")}:/usr/bin:/bin` };
  return spawnSync(PALE, argv, { env, encoding: "utf8" });
}
