import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** A place below the test's own root or absolute, and why it cannot be a project. */
const REFUSED: [string, RegExp][] = [
  ["home/user", /it is the home directory/u],
  ["home", /the home directory is inside it/u],
  ["/", /the home directory is inside it/u],
  ["home/user/.ssh", /holds credentials/u],
  ["home/user/.ssh/deeper", /holds credentials/u],
  ["home/user/.config", /may be inside it/u],
  ["home/user/.config/pale", /pale keeps its own files/u],
  ["/usr", /belongs to the operating system/u],
  ["/tmp", /belongs to the operating system|home directory is inside/u],
  ["/proc/self", /belongs to the operating system/u],
  ["link-to-home", /it is the home directory/u],
  ["link-to-ssh", /holds credentials/u],
];

describe("a project is refused", () => {
  for (const [place, reason] of REFUSED) {
    test(`at ${place}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld();
      const directory = place.startsWith("/") ? place : join(world.root, place);
      const inside = world.inside("echo started", { flags: ["--project", directory] });
      assert.equal(inside.stdout, "");
      assert.equal(inside.status, 125);
      assert.match(inside.stderr, /^pale: `.*` cannot be the project: /u);
      assert.match(inside.stderr, reason);
    });
  }

  test("when the command is started there, too", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const { status, stderr } = world.inside("echo started", { cwd: world.home });
    assert.equal(status, 125);
    assert.match(stderr, /it is the home directory/u);
  });

  test("but a directory beside them is not", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const place = join(world.home, ".config/editor");
    const { stdout, stderr } = world.inside("echo started", { flags: ["--project", place] });
    assert.deepEqual({ stdout, stderr }, { stdout: "started\n", stderr: "" });
  });

  test("a home that is a git repository does not become the project", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    mkdirSync(join(world.home, ".git"));
    const place = join(world.home, "plain");
    mkdirSync(place);
    const { stdout } = world.inside("ls -A ~", { cwd: place });
    assert.equal(stdout, "plain\n");
  });
});

function makeWorld(): World {
  const world = new World();
  world.write(".ssh/deeper/key", "x");
  world.write(".config/gh/hosts.yml", "x");
  world.write(".config/pale/config.toml", "");
  world.write(".config/editor/file", "x");
  symlinkSync(world.home, join(world.root, "link-to-home"));
  symlinkSync(join(world.home, ".ssh"), join(world.root, "link-to-ssh"));
  return world;
}
