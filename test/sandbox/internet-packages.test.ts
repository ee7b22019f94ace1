import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireTools } from "../helpers/requires.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";

const requireInternet = useInternet();

describe("package managers in a filtered network", () => {
  test("npm installs from an allowed registry, and is told why it may not from another", (t) => {
    const internet = requireInternet(t);
    if (!internet || !requireTools(t, ["npm", "node"])) return;
    using world = new ConnectedWorld(internet);
    const install = "npm install --no-audit --no-fund --fetch-retries=0";
    const script = `${install} --registry https://packages.test/npm/ demo`;
    const refused = world.online(script, ["--allow", "web.test"]);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /npm error 403 .*packages\.test:443 is refused: .*pale allow/u);
    assert.equal(world.refusals()[0], "packages.test:443 not-listed");
    assertInstalled(world.online(`${script} && ${USE_NODE}`, ["--allow", "packages.test"]));
  });

  test("pip installs from an allowed index, and is told why it may not from another", (t) => {
    const internet = requireInternet(t);
    if (!internet || !requireTools(t, ["python3"])) return;
    using world = new ConnectedWorld(internet);
    const install = "/usr/bin/python3 -m pip install --retries 1 --no-cache-dir --target site";
    const script = `${install} --index-url https://packages.test/pip/ demo`;
    const refused = world.online(script, ["--allow", "web.test"]);
    assert.notEqual(refused.status, 0);
    assert.match(
      refused.stdout + refused.stderr,
      /Tunnel connection failed: 403 pale: packages\.test/u,
    );
    assert.equal(world.refusals()[0], "packages.test:443 not-listed");
    const used = `${script} && PYTHONPATH=site /usr/bin/python3 -c 'import demo; print(demo.value)'`;
    assertInstalled(world.online(used, ["--allow", "packages.test"]));
  });
});

const USE_NODE = `node -p 'require("demo")'`;

function assertInstalled({ stdout, stderr }: { stdout: string; stderr: string }): void {
  assert.match(stdout, /^demo of (?:node|python)$/mu, stderr);
}
