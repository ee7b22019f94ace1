import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTools, skip } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** The same settings in srt and, translated, in pale: the same acts must have the same end. */

const SRT = join(
  process.env["PALE_TEST_AGENTS"] ?? join(import.meta.dirname, "../agents"),
  "node_modules/@anthropic-ai/sandbox-runtime/dist/cli.js",
);

const SETTINGS = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: {
    denyRead: ["~/.hidden", "./secrets"],
    allowWrite: [".", "~/cache"],
    denyWrite: [".env", "~/cache/kept"],
  },
};

/** Each prints its name when it works. */
const ACTS = {
  "read a file of the home": "cat ~/notes/file",
  "read what is denied": "cat ~/.hidden/key",
  "read what is denied in the project": "cat secrets/key",
  "write in the project": "echo x > new",
  "write what is denied in the project": "echo x >> .env",
  "write where it is allowed": "echo x > ~/cache/new",
  "write what is denied where it is allowed": "echo x >> ~/cache/kept",
  "write elsewhere in the home": "echo x > ~/notes/new",
};

const SCRIPT = Object.entries(ACTS)
  .map(([name, act]) => `if { ${act}; } >/dev/null 2>&1; then echo "${name}"; fi`)
  .join("\n");

describe("settings of srt, translated", () => {
  test("allow and refuse what they did", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["socat", "rg"])) return;
    if (!existsSync(SRT)) {
      skip(t, `there is no ${SRT}`);
      return;
    }
    using world = makeWorld();
    const settings = world.write("settings.json", JSON.stringify(SETTINGS));
    const srt = world.spawn([process.execPath, SRT, "--settings", settings, "-c", SCRIPT]);
    const imported = world.pale(["import", settings]);
    assert.equal(imported.status, 0, imported.stderr);
    const flags = ["--profile", "srt"];
    using fresh = makeWorld();
    fresh.write(".config/pale/config.toml", imported.stdout.replaceAll(world.root, fresh.root));
    const pale = fresh.inside(SCRIPT, { flags });
    assert.deepEqual(pale.stdout.split("\n"), srt.stdout.split("\n"), pale.stderr + srt.stderr);
    assert.deepEqual(pale.stdout.trim().split("\n"), [
      "read a file of the home",
      "write in the project",
      "write where it is allowed",
    ]);
    assert.equal(readFileSync(join(fresh.home, "cache/new"), "utf8"), "x\n");
    const outside = fresh.outside(SCRIPT).stdout.trim().split("\n");
    assert.deepEqual(outside, Object.keys(ACTS), "the control: without a sandbox all of it works");
  });
});

function makeWorld(): World {
  const world = new World();
  for (const name of ["notes/file", ".hidden/key", "cache/kept"]) world.write(name, "x\n");
  for (const name of ["secrets/key", ".env"]) world.write(`work/project/${name}`, "x\n");
  return world;
}
