import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { hashText } from "../../src/hash.ts";
import { namePlanFile } from "../../src/shim/plan.ts";
import type { ShimPlan } from "../../src/shim/plan.ts";
import { parseReference, renderReference } from "../../src/shim/plan-reference.ts";
import { requireSandbox, skip } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/world.ts";
import { World } from "../helpers/world.ts";

/** A shim runs with its plan while that holds, with the files else, and never with another's. */

const CONFIG = ".config/pale/config.toml";

describe("a shim with a plan that holds", () => {
  test("has its configuration from there, and neither parses nor compiles anything", (context) => {
    using world = makeWorld(context);
    if (!world) return;
    rmSync(join(world.home, ".cache/pale"), { recursive: true });
    assert.equal(run(world).stdout, "from=the file\n");
    // Whatever compiles keeps what comes out there.
    assert.deepEqual(listCompiled(world), [], "nothing was compiled");
    world.inside("true");
    assert.equal(listCompiled(world).length, 1, "control");
    // The proof that the plan is what is used: one that says otherwise, under its right hash.
    replacePlan(world, (text) => text.replaceAll("the file", "the plan"));
    assert.equal(run(world).stdout, "from=the plan\n");
    const dry = world.spawn(dryRun(world));
    assert.match(dry.stdout, /^# configuration: as in the plan of the shim, \/.*\.json$/mu);
  });

  test("still counts the command line's files and the project's own on top", (context) => {
    using world = makeWorld(context);
    if (!world) return;
    world.write("work/project/.pale.toml", 'uses = ["other"]\nenv.set = { MORE = "1" }\n');
    assert.match(run(world).stderr, /is not trusted/u);
    assert.equal(world.pale(["trust", "--yes"]).status, 0);
    const { stdout, stderr } = run(world, 'echo "$FROM $OTHER $MORE"');
    assert.deepEqual({ stdout, stderr }, { stdout: "the file yes 1\n", stderr: "" });
    const { plan } = readShim(world);
    assert.equal(readFileSync(plan.path, "utf8").includes("OTHER"), false, "not in the plan");
    assert.match(world.spawn(dryRun(world)).stdout, /lacks a profile that is used$/mu);
  });
});

describe("a plan that was tampered with", () => {
  const ACTS: [string, (path: string) => void, RegExp][] = [
    [
      "is another one",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace("the file", "an evil")),
      /is not what the shim was written for/u,
    ],
    ["is longer", (path) => writeFileSync(path, " ", { flag: "a" }), /is not what the shim was/u],
    ["is missing", (path) => rmSync(path), /cannot be read\n {2}at ENOENT/u],
  ];
  for (const [name, act, message] of ACTS) {
    test(`stops the launch when it ${name}, until \`pale shims\` mends it`, (context) => {
      using world = makeWorld(context);
      if (!world) return;
      const { plan, text } = readShim(world);
      act(plan.path);
      const { status, stdout, stderr } = run(world);
      assert.deepEqual([status, stdout], [125, ""]);
      assert.match(stderr, message);
      assert.match(stderr, /write it again: pale shims\n$/u);
      assert.equal(readShim(world).text, text, "nothing is mended in silence");
      assert.equal(world.pale(["shims"]).status, 0);
      assert.equal(run(world).stdout, "from=the file\n");
    });
  }
});

describe("a plan that is stale", () => {
  test("is not used: a changed file counts at once, and the shim gets a new plan", (context) => {
    using world = makeWorld(context);
    if (!world) return;
    const before = readShim(world);
    world.write(CONFIG, configure("another file"));
    assert.match(
      world.spawn(dryRun(world)).stdout,
      /^# configuration: read from its files, .* stale: \/.*config\.toml has changed$/mu,
    );
    assert.equal(readShim(world).text, before.text, "--dry-run changes nothing");
    assert.equal(run(world).stdout, "from=another file\n");
    const after = readShim(world);
    assert.notEqual(after.plan.hash, before.plan.hash);
    assert.equal(after.text.replaceAll(after.word, before.word), before.text);
    assert.equal(statSync(after.path).mode & 0o777, 0o755);
    const dry = world.spawn(dryRun(world)).stdout;
    assert.match(dry, /^# configuration: as in the plan of the shim/mu);
    assert.equal(run(world).stdout, "from=another file\n");
    assert.match(world.pale(["shims"]).stdout, /unchanged: .*\bprobe\b/u, "as it has it");
  });

  test("is not used when a file comes or goes, nor by another build", (context) => {
    using world = makeWorld(context);
    if (!world) return;
    const text = '[profile.probe]\nenv.set = { FROM = "x" }\n';
    const profile = world.write(".config/pale/profiles/x.toml", text);
    assert.equal(run(world).stdout, "from=x\n");
    rmSync(profile);
    assert.equal(run(world).stdout, "from=the file\n");
    replacePlan(world, (text) =>
      text.replaceAll("the file", "the plan").replace(/"build":"[^"]*"/u, '"build":"another"'),
    );
    assert.equal(run(world).stdout, "from=the file\n");
  });

  test("shows what is wrong in the files, and nothing runs", (context) => {
    using world = makeWorld(context);
    if (!world) return;
    world.write(CONFIG, "nosuch = 1\n");
    const { status, stdout, stderr } = run(world);
    assert.deepEqual([status, stdout], [125, ""]);
    assert.match(stderr, /^pale: unknown key `nosuch`\n {2}at .*config\.toml:1\n/u);
  });

  test("is followed by `pale allow`", (context) => {
    using world = makeWorld(context);
    if (!world) return;
    const before = readShim(world).plan.hash;
    world.pale(["allow", "host.example"]);
    assert.match(world.spawn(dryRun(world)).stdout, /config\.toml has changed$/mu);
    assert.equal(run(world).stdout, "from=the file\n");
    const { plan } = readShim(world);
    assert.notEqual(plan.hash, before);
    assert.match(readFileSync(plan.path, "utf8"), /host\.example/u);
  });

  test("launches all the same where the shims cannot be written", (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may write everything");
    using world = makeWorld(context);
    if (!world) return;
    const { path, text } = readShim(world);
    for (const directory of [dirname(path), plans(world)]) {
      chmodSync(directory, 0o555);
      world.write(CONFIG, configure(`beside ${directory}`));
      const started = run(world);
      assert.deepEqual(started, { status: 0, stdout: `from=beside ${directory}\n`, stderr: "" });
      assert.equal(readShim(world).text, text);
      chmodSync(directory, 0o755);
    }
    assert.equal(run(world).status, 0);
    assert.notEqual(readShim(world).text, text, "control");
  });

  test("is renewed by several launches at once, and none of them fails", async (context) => {
    using world = makeWorld(context);
    if (!world) return;
    const launches = [0, 1, 2, 3];
    for (let round = 0; round < 6; round += 1) {
      world.write(CONFIG, configure(`round ${round}`));
      const outcomes: string[] = await Promise.all(launches.map(() => start(world)));
      const wanted = `0 from=round ${round}\n`;
      assert.deepEqual(new Set(outcomes), new Set([wanted]));
      const { plan } = readShim(world);
      assert.equal(hashText(readFileSync(plan.path, "utf8")), plan.hash);
      assert.match(readFileSync(plan.path, "utf8"), new RegExp(`"round ${round}"`, "u"));
    }
    assert.deepEqual(readdirSync(dirname(readShim(world).path)).filter(isNoShim), []);
  });
});

function isNoShim(name: string): boolean {
  return name.startsWith(".") || /\.\d/u.test(name);
}

function configure(from: string): string {
  return `network = "none"
[profile.probe]
env.set = { FROM = "${from}" }
[profile.other]
env.set = { OTHER = "yes" }
`;
}

/** A home with a shim for `probe`, a program that runs a script. */
function makeWorld(context: Parameters<typeof requireSandbox>[0]): World | undefined {
  if (!requireSandbox(context)) return undefined;
  const world = new World();
  world.write("bin/probe", '#!/bin/sh\neval "${1:-echo from=\\$FROM}"\n', 0o755);
  world.write(CONFIG, configure("the file"));
  const { status, stderr } = world.pale(["shims", "add", "probe", "--profile", "probe"]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  return world;
}

function plans(world: World): string {
  return join(world.home, ".local/share/pale/plans");
}

function environment(world: World): Record<string, string> {
  return { PATH: `${world.home}/bin:/usr/bin:/bin` };
}

function run(world: World, script?: string): Outcome {
  const words = script === undefined ? [] : [script];
  return world.spawn([readShim(world).path, ...words], { env: environment(world) });
}

/** Exit code and output of the shim; several at once. */
function start(world: World): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = world.environment(environment(world));
    const child = spawn(readShim(world).path, [], { cwd: world.project, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.on("error", reject).on("close", (code) => resolve(`${code} ${output}`));
  });
}

type ReadShim = { path: string; text: string; word: string; plan: { path: string; hash: string } };

function readShim(world: World): ReadShim {
  const path = join(world.home, ".local/share/pale/shims/probe");
  const text = readFileSync(path, "utf8");
  const [, word = ""] = / --plan (\S+) /u.exec(text) ?? [];
  const plan = parseReference(word);
  assert.ok(plan, text);
  return { path, text, word, plan };
}

/** The shim's own command, with `--dry-run`. */
function dryRun(world: World): string[] {
  const script = readShim(world).text.replaceAll(" run ", " run --dry-run ");
  return ["env", `PATH=${world.home}/bin:/usr/bin:/bin`, "sh", "-c", script];
}

/** As if pale had compiled something else. */
function replacePlan(world: World, change: (text: string) => string): void {
  const { path, text, word, plan } = readShim(world);
  const changed = change(readFileSync(plan.path, "utf8"));
  assert.ok((JSON.parse(changed) as ShimPlan).configuration);
  const hash = hashText(changed);
  const file = join(plans(world), namePlanFile("probe", hash));
  writeFileSync(file, changed);
  writeFileSync(path, text.replaceAll(word, renderReference({ path: file, hash })));
}

function listCompiled(world: World): string[] {
  const cache = join(world.home, ".cache/pale");
  return existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith("config-")) : [];
}
