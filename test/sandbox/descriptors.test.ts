import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";

describe("descriptors that the caller left open", () => {
  test("do not lead out of the sandbox", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".ssh/key", "KEY\n");
    const script = `exec 9<"$HOME"; COMMAND 'cat /proc/self/fd/9/.ssh/key'`;
    const control = world.outside(script.replace("COMMAND", "sh -c"));
    assert.equal(control.stdout, "KEY\n");
    const confined = world.outside(script.replace("COMMAND", `${PALE} run -- sh -c`));
    assert.equal(confined.stdout, "");
    assert.match(confined.stderr, /\/proc\/self\/fd\/9\/.ssh\/key: No such file or directory/u);
  });

  test("stay open when they are pipes: process substitution works", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bash")) return;
    using world = new World();
    const { stdout } = world.spawn(["bash", "-c", `${PALE} run -- cat <(echo substituted)`]);
    assert.equal(stdout, "substituted\n");
  });

  test("are refused when they are pipes where pale puts something else", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bash")) return;
    using world = new World();
    const read = (number: number) =>
      world.spawn([
        "bash",
        "-c",
        `ulimit -n 1024; exec ${number}< <(echo substituted); ${PALE} run -- cat /dev/fd/${number}`,
      ]);
    for (const number of [150, 195, 249, 297]) {
      const { stdout, stderr } = read(number);
      assert.equal(stdout, "substituted\n", `${number}: ${stderr}`);
    }
    for (const number of [199, 200, 201, 248, 600]) {
      const { stdout, stderr } = read(number);
      assert.equal(stdout, "");
      assert.equal(
        stderr,
        `pale: \`/dev/fd/${number}\` cannot be handed on: pale uses that number itself\n` +
          "  open the pipe at a number below 190\n",
      );
    }
  });

  test("may be so many that credentials come to where pale puts its files", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bash") || !requireTool(t, "curl")) return;
    using world = new World();
    const inject = `{ header = "x-api-key", secret = "key", env = "API_KEY" }`;
    const configuration = `proxies = [{ host = "web.test", inject = ${inject} }]\n`;
    world.write(".config/pale/config.toml", configuration);
    world.write(".config/pale/secrets.toml", `[key]\nvalue = "sk-real-0123456789"\n`, 0o600);
    const script = `ulimit -n 1024; for i in {3..MOST}; do eval "exec $i</dev/null"; done
      ${PALE} run -- sh -c 'echo "$API_KEY" | cut -c1-3
        curl -s -w "%{http_connect}" https://web.test/'`;
    for (const most of [3, 197, 198, 210]) {
      const { stdout, stderr } = world.spawn(["bash", "-c", script.replace("MOST", `${most}`)]);
      assert.equal(stdout, "sk-\n502", `${most}: ${stderr}`);
    }
    const log = readFileSync(join(world.home, ".local/state/pale/log"), "utf8");
    assert.equal(log.match(/"event":"started"/gu)?.length, 4, log);
    assert.doesNotMatch(log, /"event":"fault"/u);
  });

  test("need a limit that is named, where there are placeholders too", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const start = (limit: string) =>
      world.outside(`ulimit -n ${limit}; ${PALE} run --network none -- echo started`);
    const { stdout, stderr } = start("300");
    assert.equal(stdout, "");
    const [, wanted = ""] =
      /^pale: 300 open files are too few for a sandbox\n {2}ulimit -n (\d+)\n$/u.exec(stderr) ?? [];
    assert.ok(Number(wanted) > 600, stderr);
    assert.match(start(String(Number(wanted) - 1)).stderr, /too few/u);
    assert.equal(start(wanted).stdout, "started\n");
  });

  test("can be written to no further than a limit that is named", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "bash")) return;
    using world = new World();
    const start = (limit: string) =>
      world.spawn(["bash", "-c", `ulimit -f ${limit}; ${PALE} run --network none -- echo started`]);
    assert.equal(start("128").stdout, "started\n");
    const { stdout, stderr } = start("127");
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      "pale: files of 130048 bytes at most are too small for a sandbox\n  ulimit -f unlimited\n",
    );
  });

  test("leave the agent nothing but its standard streams", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const { stdout } = world.inside("ls /proc/$$/fd", { input: "" });
    assert.equal(stdout, "0\n1\n2\n");
  });
});
