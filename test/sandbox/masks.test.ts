import assert from "node:assert/strict";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** A directory and a file with secrets, in a directory that is shown writable. */
function plant(world: World): readonly string[] {
  world.write("data/a/secrets/key", "PLANTED KEY\n");
  world.write("data/token", "PLANTED TOKEN\n");
  world.write("data/plain", "plain\n");
  return ["--network", "none", "--rw", "~/data"];
}

const MASKS = ["--mask", "~/data/a/secrets", "--mask", "~/data/token"];

describe("a mask", () => {
  test("hides what a broader mount shows, and nothing beside it", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = plant(world);
    const script = "cd ~/data; cat a/secrets/key token plain; ls -A a/secrets";
    const shown = world.inside(script, { flags });
    assert.equal(shown.stdout, "PLANTED KEY\nPLANTED TOKEN\nplain\nkey\n");
    const masked = world.inside(script, { flags: [...flags, ...MASKS] });
    assert.equal(masked.stdout, "plain\n");
    assert.match(masked.stderr, /^cat: a\/secrets\/key: No such file or directory\n$/u);
  });

  test("cannot be written to, moved away or removed", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = plant(world);
    const script = `cd ~/data; touch a/secrets/new; echo x > token; mv a/secrets a/other; mv a b; rm token
      rmdir a/secrets; chmod 700 a/secrets; ls -A . a a/secrets | tr '\\n' ' '`;
    const { stdout, stderr } = world.inside(script, { flags: [...flags, ...MASKS] });
    assert.equal(stdout, ".: a plain token  a: secrets  a/secrets: ");
    const reasons = stderr.trim().split("\n");
    const kinds = [/Read-only/u, /Read-only/u, /busy/u, /busy/u, /busy/u, /busy/u, /Read-only/u];
    assert.equal(reasons.length, kinds.length, stderr);
    for (const [index, kind] of kinds.entries()) assert.match(reasons[index] ?? "", kind);
    const control = world.inside("cd ~/data && mv a/secrets a/other && mv a b && rm token", {
      flags,
    });
    assert.deepEqual(control, { status: 0, stdout: "", stderr: "" });
    assert.ok(existsSync(join(world.home, "data/b/other/key")));
  });

  test("of what is not there makes nothing, inside or on the host", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = plant(world);
    const masks = ["--mask", "~/data/none", "--mask", "~/data/no/where", "--mask", "~/.ssh"];
    const { status, stdout } = world.inside("cd; ls -A . data", { flags: [...flags, ...masks] });
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, /none|^no$|ssh/mu);
    assert.deepEqual(readdirSync(join(world.home, "data")).sort(), ["a", "plain", "token"]);
    assert.equal(existsSync(join(world.home, ".ssh")), false);
  });

  test("named by a link hides what the link leads to", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = plant(world);
    symlinkSync("a/secrets", join(world.home, "data/link"));
    const script = "cat ~/data/link/key ~/data/a/secrets/key 2>&1 | grep -c PLANTED";
    assert.equal(world.inside(script, { flags }).stdout, "2\n");
    const masked = world.inside(script, { flags: [...flags, "--mask", "~/data/link"] });
    assert.equal(masked.stdout, "0\n");
  });

  test("holds under every name of what it hides", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const flags = [...plant(world), "--mount", "~/data/a:/srv/other:rw"];
    const script = "cat /srv/other/secrets/key; ls -d /srv/other/secrets";
    assert.match(world.inside(script, { flags }).stdout, /^PLANTED KEY\n/u);
    const masked = world.inside(script, { flags: [...flags, ...MASKS] });
    assert.equal(masked.stdout, "/srv/other/secrets\n");
  });

  test("works in the project, and lets a mount in it show", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("work/project/keys/deep/shown", "shown\n");
    world.write("work/project/keys/hidden", "PLANTED\n");
    const flags = ["--network", "none", "--mask", "keys", "--ro", "keys/deep"];
    const script = "cat keys/deep/shown keys/hidden";
    assert.equal(world.inside(script, { flags }).stdout, "shown\n");
    assert.equal(world.inside(script, { flags: ["--network", "none"] }).stdout, "shown\nPLANTED\n");
  });
});
