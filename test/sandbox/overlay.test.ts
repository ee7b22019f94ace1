import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

/** Changes that are kept apart: nothing of the host changes until they are applied. */

const WORK = `cd ~/data && echo more >>kept && rm gone && rm -r dir && mkdir dir && echo new >dir/new &&
  echo first >added && ln -s kept link && chmod 755 mode && touch same && mkdir -p deep/er && mv moved deep/er/`;

const CHANGES = ["A added", "D dir/old", "A dir/new", "A deep", "D gone", "M kept", "A link"];

describe("a directory with an overlay", () => {
  for (const network of ["filtered", "none", "host"]) {
    test(`can be written inside, network ${network}, and does not change outside`, (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld();
      const flags = ["--network", network, "--overlay", "~/data"];
      const written = world.inside(`${WORK}; ls; cat kept dir/new; grep CapEff /proc/self/status`, {
        flags,
      });
      assert.match(
        written.stdout,
        /^added\ndeep\ndir\nkept\nlink\nmode\nsame\nbefore\nmore\nnew\n/u,
      );
      assert.match(written.stdout, /CapEff:\t0{16}/u);
      assert.equal(world.outside("cd ~/data && ls && cat kept dir/old").stdout, BEFORE);
      const again = world.inside("cat ~/data/kept; test -e ~/data/gone || echo no", { flags });
      assert.equal(again.stdout, "before\nmore\nno\n", "the changes are there the next time");
      const control = world.inside("cat ~/data/kept", { flags: ["--ro", "~/data"] });
      assert.equal(control.stdout, "before\n", "and only there");
    });
  }

  test("has its changes told, applied and dropped", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "diff")) return;
    using world = makeWorld();
    world.inside(WORK, { flags: ["--overlay", "~/data"] });
    const shown = lines(world.pale(["diff"]).stdout);
    assert.deepEqual(shown, expected(world, [...CHANGES, "M mode", "D moved"]));
    const patch = world.pale(["diff", "--patch", "../../data"]).stdout;
    assert.match(patch, /^\+more$/mu);
    assert.match(patch, /^-old$/mu);

    const applied = world.pale(["apply"]);
    assert.equal(applied.status, 0, applied.stderr);
    assert.equal(lines(applied.stdout).length, shown.length);
    const data = (name: string) => join(world.home, "data", name);
    assert.equal(readFileSync(data("kept"), "utf8"), "before\nmore\n");
    assert.equal(readFileSync(data("deep/er/moved"), "utf8"), "moved\n");
    assert.equal(readlinkSync(data("link")), "kept");
    for (const name of ["gone", "dir/old", "moved"]) assert.ok(!existsSync(data(name)), name);
    assert.match(world.pale(["diff"]).stderr, /no overlay of/u, "none is left");

    world.inside("echo x >>~/data/kept", { flags: ["--overlay", "~/data"] });
    assert.match(world.pale(["discard"]).stdout, /^discarded: 1 change to /u);
    assert.equal(readFileSync(data("kept"), "utf8"), "before\nmore\n");
    const after = world.inside("cat ~/data/kept", { flags: ["--overlay", "~/data"] });
    assert.equal(after.stdout, "before\nmore\n");
  });

  test("can be the project itself", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const inside = world.inside("echo x >made; cat made", { flags: ["--overlay", "."] });
    assert.equal(inside.stdout, "x\n", inside.stderr);
    assert.ok(!existsSync(join(world.project, "made")));
    assert.equal(world.inside("echo y >made").status, 0);
    assert.ok(existsSync(join(world.project, "made")), "the control: without, it is the host's");
  });

  test("is not touched while a sandbox uses it", async (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const argv = [
      "run",
      "--overlay",
      "~/data",
      "--",
      "sh",
      "-c",
      "echo x >~/data/new; echo ready; cat",
    ];
    const child = spawn(PALE, argv, { cwd: world.project, env: world.environment() });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    while (!said.includes("ready")) await sleep(10);
    const second = world.inside("true", { flags: ["--overlay", "~/data"] });
    assert.equal(second.status, 125);
    assert.match(second.stderr, /^pale: another sandbox is using the overlay of /u);
    for (const command of ["apply", "discard"]) {
      const refused = world.pale([command]);
      assert.equal(refused.status, 125);
      assert.match(refused.stderr, /^pale: a sandbox is using the overlay of /u);
    }
    child.stdin.end();
    await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(world.pale(["apply"]).status, 0);
    assert.equal(readFileSync(join(world.home, "data/new"), "utf8"), "x\n");
  });

  test("has nothing written through a link when it is applied", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const outside = mkdtempSync(join(world.root, "outside-"));
    world.inside("mkdir ~/data/sub; echo x >~/data/sub/planted", {
      flags: ["--overlay", "~/data"],
    });
    world.inside("echo x >~/data/dir/planted", { flags: ["--overlay", "~/data"] });
    world.outside(`rm -r ~/data/dir && ln -s ${outside} ~/data/dir`);
    const applied = world.pale(["apply"]);
    assert.ok(!existsSync(join(outside, "planted")));
    assert.ok(applied.status === 125 || !existsSync(join(outside, "planted")));
    symlinkSync(outside, join(world.home, "data/other"));
    world.pale(["discard"]);
    world.inside("rm ~/data/other; mkdir ~/data/other; echo x >~/data/other/planted", {
      flags: ["--overlay", "~/data"],
    });
    assert.equal(world.pale(["apply"]).status, 0);
    assert.ok(!existsSync(join(outside, "planted")));
    assert.equal(
      readFileSync(join(world.home, "data/other/planted"), "utf8"),
      "x\n",
      "in place of the link",
    );
  });

  test("shows escape sequences of the agent's as text", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "diff")) return;
    using world = makeWorld();
    const evil = "printf '\\033]0;evil\\007\\n' >>~/data/kept; touch ~/data/$(printf 'a\\033[2Jb')";
    world.inside(evil, { flags: ["--overlay", "~/data"] });
    for (const args of [["diff"], ["diff", "--patch"], ["apply"]]) {
      const { stdout, stderr } = world.pale(args);
      assert.ok(!(stdout + stderr).includes("\u001B"), args.join(" "));
      assert.ok(stdout.includes("a\\x1b[2Jb"), stdout);
    }
  });
});

const BEFORE = "dir\ngone\nkept\nmode\nmoved\nsame\nbefore\nold\n";

function makeWorld(): World {
  const world = new World();
  mkdirSync(join(world.home, "data/dir"), { recursive: true });
  for (const name of ["kept", "gone", "mode", "moved", "same", "dir/old"]) {
    const text = { kept: "before", "dir/old": "old" }[name] ?? name;
    writeFileSync(join(world.home, "data", name), `${text}\n`, { mode: 0o644 });
  }
  return world;
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

function expected(world: World, changes: readonly string[]): string[] {
  const data = join(world.home, "data");
  return changes.map((change) => change.replace(" ", ` ${data}/`)).sort();
}
