import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/**
 * pale is started in directories that an agent can write. The runtime it is compiled
 * with would read settings there, and run code that they name, outside of any sandbox.
 */
describe("files in the project", () => {
  test("do not configure pale's own runtime", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("work/project/bunfig.toml", 'preload = ["./evil.ts"]\n[run]\nbun = true\n');
    world.write(
      "work/project/evil.ts",
      'import { writeFileSync } from "node:fs";\nwriteFileSync("owned", "");\n',
    );
    world.write("work/project/.env", "LD_PRELOAD=/planted.so\nPALE_PLANTED=1\n");
    world.write("work/project/script.ts", "console.log(process.env.PALE_PLANTED)\n");
    world.write("work/project/package.json", "{ not json");
    world.write("work/project/tsconfig.json", "{ not json");

    const confined = world.inside("ls; env", { flags: ["-e", "PALE_PLANTED"] });
    assert.equal(confined.status, 0, confined.stderr);
    assert.doesNotMatch(confined.stdout, /owned|PALE_PLANTED=1/u);
    assert.doesNotMatch(world.outside("ls").stdout, /owned/u);

    const bun = world.spawn([process.execPath, "run", "./script.ts"]);
    assert.equal(bun.stdout, "1\n", "the control: bun itself reads .env here");
    assert.match(world.outside("ls").stdout, /owned/u, "and runs the preload");
  });
});
