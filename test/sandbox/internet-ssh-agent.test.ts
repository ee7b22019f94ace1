import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { requireTools } from "../helpers/requires.ts";
import { SshAgent } from "../helpers/ssh-agent.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";

const requireInternet = useInternet();

const SSH = [
  "-e",
  "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o UserKnownHostsFile=$HOME/work/project/known-hosts",
  "--allow",
  "git.test:22",
];

const CLONE = "git clone -q git@git.test:repository.git one && cat one/file";

/** The server's key for `git` is in the agent, and nowhere in the home. */
function makeWorld(
  internet: Internet,
  agent: SshAgent,
  options: (knownHosts: string) => string[] = () => [],
): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  const known = world.write("work/project/known-hosts", internet.read("known-hosts"));
  world.write("keys/id.pub", internet.read("client-key.pub"));
  agent.add(internet.read("client-key"), options(known));
  agent.make("another");
  return world;
}

function start(t: TestContext): Internet | undefined {
  return requireTools(t, ["ssh-agent", "ssh-add"]) ? requireInternet(t) : undefined;
}

describe("ssh with a key that stays in the agent outside", () => {
  test("logs in at the server, and the log says where", (t) => {
    const internet = start(t);
    if (!internet) return;
    using agent = new SshAgent();
    using world = makeWorld(internet, agent);
    const flags = ["--network", "filtered", ...SSH, "--ssh-key", "~/keys/id.pub"];
    const options = { flags, env: agent.environment };
    const { status, stdout, stderr } = world.inside(CLONE, options);
    assert.deepEqual({ status, stdout }, { status: 0, stdout: "from far away\n" }, stderr);
    const known = join(world.project, "known-hosts");
    const [, server = ""] = world.outside(`ssh-keygen -lf ${known}`).stdout.split(" ");
    const log = readFileSync(join(world.home, ".local/state/pale/log"), "utf8");
    assert.match(server, /^SHA256:/u);
    assert.ok(log.includes(`"purpose":"log in as git at the server ${server}"`), log);
  });

  test("does not with another key of the same agent", (t) => {
    const internet = start(t);
    if (!internet) return;
    using agent = new SshAgent();
    using world = makeWorld(internet, agent);
    const flags = ["--network", "filtered", ...SSH, "--ssh-key", "another"];
    const { status, stderr } = world.inside(CLONE, { flags, env: agent.environment });
    assert.equal(status, 128);
    assert.match(stderr, /Permission denied \(publickey/u);
  });

  test("logs in nowhere else with a key that was added for one server", (t) => {
    const internet = start(t);
    if (!internet) return;
    using agent = new SshAgent();
    using world = makeWorld(internet, agent, (known) => ["-h", "git.test", "-H", known]);
    const flags = ["--network", "filtered", ...SSH, "--ssh-key", "~/keys/id.pub"];
    const there = world.inside(CLONE, { flags, env: agent.environment });
    assert.equal(there.stdout, "from far away\n", there.stderr);
    // What is bound to no server may be meant for any.
    const unbound = "ssh-add -L >key.pub && ssh-keygen -Y sign -n git -f key.pub key.pub";
    const { status, stderr } = world.inside(unbound, { flags, env: agent.environment });
    assert.notEqual(status, 0);
    assert.match(stderr, /agent refused operation/u);
  });
});
