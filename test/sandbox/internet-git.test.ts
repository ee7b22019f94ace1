import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";

const requireInternet = useInternet();

const IDENTITY = "git config user.name Test && git config user.email test@example.org";

describe("git in a filtered network", () => {
  test("clones, pushes and fetches over HTTPS", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const url = "https://git.test/repository.git";
    workWith(world, { url, branch: "by-https", flags: ["--allow", "git.test"] });
  });

  test("over HTTPS, an unlisted host is refused with the reason", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const script = "git clone -q https://git.test/repository.git clone";
    const { status, stderr } = world.online(script, ["--allow", "web.test"]);
    assert.equal(status, 128);
    // All that git shows of a proxy's answer is its number.
    assert.match(stderr, /CONNECT tunnel failed, response 403/u);
    assert.deepEqual(world.refusals(), ["git.test:443 not-listed"]);
  });

  test("clones, pushes and fetches over ssh", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = makeSshWorld(internet);
    const url = "git@git.test:repository.git";
    workWith(world, { url, branch: "by-ssh", flags: ["--allow", "git.test:22", ...SSH] });
    const [first] = world.decisions();
    assert.equal(`${first?.host}:${first?.port} ${first?.rule}`, "git.test:22 git.test:22");
  });

  test("over ssh, a host whose port is not listed is refused with the reason", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = makeSshWorld(internet);
    const script = "git clone -q git@git.test:repository.git clone";
    const { status, stderr } = world.online(script, ["--allow", "git.test", ...SSH]);
    assert.equal(status, 128);
    assert.match(
      stderr,
      /git\.test:22 is refused: this host is allowed on other ports only.*pale allow git\.test:22/u,
    );
    assert.deepEqual(world.refusals(), ["git.test:22 port-not-listed"]);
    assert.equal(world.unfiltered(script, SSH).status, 0);
  });
});

type Work = { url: string; branch: string; flags: readonly string[] };

function workWith(world: ConnectedWorld, { url, branch, flags }: Work): void {
  const script = `
    git clone -q ${url} one && git clone -q ${url} two && cat one/file && cd one && ${IDENTITY} &&
    git checkout -qb ${branch} && echo ${branch} >file && git commit -qam more &&
    git push -q origin ${branch} && cd ../two && git fetch -q && git show origin/${branch}:file`;
  const { status, stdout, stderr } = world.online(script, flags);
  assert.deepEqual({ status, stdout }, { status: 0, stdout: `from far away\n${branch}\n` }, stderr);
  assert.deepEqual(world.refusals(), []);
}

/** Git has a shell read this, wherever it works. */
const OPTIONS = "-i $HOME/work/project/key -o UserKnownHostsFile=$HOME/work/project/known-hosts";
const SSH = ["-e", `GIT_SSH_COMMAND=ssh -o BatchMode=yes ${OPTIONS}`];

function makeSshWorld(internet: Internet): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  world.write("work/project/key", internet.read("client-key"), 0o600);
  world.write("work/project/known-hosts", internet.read("known-hosts"));
  return world;
}
