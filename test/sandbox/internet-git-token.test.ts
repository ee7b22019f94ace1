import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import { GIT_TOKEN } from "../internet/git-backend.ts";
import type { Internet } from "../internet/internet.ts";
import type { Outcome } from "../helpers/world.ts";

const startInternet = useInternet();

class GitWorld extends ConnectedWorld {
  readonly #internet: Internet;

  constructor(internet: Internet, host: string, push = '["me/app"]') {
    super(internet);
    this.#internet = internet;
    const inject = `{ basic = "x-access-token", secret = "git", env = "GIT_TOKEN" }`;
    const proxy = `{ host = "${host}", inject = ${inject}, push = ${push} }`;
    this.write(".config/pale/config.toml", `proxies = [${proxy}]\nallow = ["web.test"]\n`);
    this.write(".config/pale/secrets.toml", `[git]\nvalue = "${GIT_TOKEN}"\n`, 0o600);
  }

  /** What is inside is told nothing of the fake internet's authority, but for `web.test`. */
  git(script: string): Outcome {
    const env = { SSL_CERT_FILE: this.#internet.caFile };
    return this.inside(`${IDENTITY}\n${script}`, { env });
  }

  log(): string {
    return readFileSync(join(this.home, ".local/state/pale/log"), "utf8");
  }
}

const IDENTITY = `set -e
  export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.org GIT_TERMINAL_PROMPT=0
  export GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@example.org`;

/** Of a new repository of the user's own: nobody else's push is in its way. */
const push = (host: string, branch: string): string => `
  git clone -q https://${host}/you/app.git other && cat other/file
  git clone -q https://${host}/me/app.git one && git clone -q https://${host}/me/app.git two
  cd one && git checkout -qb ${branch} && head -c 3000000 /dev/urandom >big && git add big
  git commit -qm big && git push -q origin ${branch}
  cd ../two && git fetch -q && git checkout -q ${branch} && cmp big ../one/big && echo same
  cat /proc/*/environ | tr '\\0' '\\n' | grep ^GIT_TOKEN= | sort -u`;

describe("git over https with a token that stays outside", () => {
  for (const [host, version] of [
    ["git.test", "HTTP/1.1"],
    ["h2.test", "HTTP/2"],
  ] as const) {
    test(`clones, fetches and pushes megabytes, by ${version}`, (t) => {
      const internet = startInternet(t);
      if (!internet) return;
      using world = new GitWorld(internet, host);
      const branch = `by-${host}`;
      const { status, stdout, stderr } = world.git(push(host, branch));
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^from far away\nsame\nGIT_TOKEN=ghp_[0-9a-zA-Z]{36}\n$/u);
      assert.equal(stdout.includes(GIT_TOKEN), false);
      assert.equal(world.outside(`grep -rF ${GIT_TOKEN} .`).stdout, "");
      assert.equal(world.log().includes(GIT_TOKEN), false);
      assert.match(world.log(), /"method":"POST","path":"\/me\/app.git\/git-receive-pack"/u);
      const env = { GIT_SSL_CAINFO: internet.caFile, GIT_TERMINAL_PROMPT: "0" };
      const control = world.outside(`git ls-remote https://${host}/me/app.git`, { env });
      assert.match(control.stderr, /could not read Username/u, "control: it is asked for");
      const known = `https://x-access-token:${GIT_TOKEN}@${host}/me/app.git`;
      assert.match(
        world.outside(`git ls-remote ${known}`, { env }).stdout,
        new RegExp(`refs/heads/${branch}`, "u"),
      );
    });

    test(`pushes to no other repository, and git shows why, by ${version}`, (t) => {
      const internet = startInternet(t);
      if (!internet) return;
      using world = new GitWorld(internet, host);
      const script = `git clone -q https://${host}/you/app.git one && cd one
        git checkout -qb stolen && git commit -q --allow-empty -m x && git push origin stolen`;
      const { status, stderr } = world.git(script);
      assert.equal(status, 128);
      const why = `${host}:443 is refused: git may not push to this repository`;
      assert.ok(stderr.includes(`remote: pale: ${why}`), stderr);
      assert.match(world.log(), /"reason":"push-not-listed"/u);
      const pushed = internet.requests().filter(({ path }) => path.includes("you/app.git/git-rec"));
      assert.deepEqual(pushed, []);
    });
  }

  test("tells why also who sends much before it listens", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    for (const host of ["git.test", "h2.test"]) {
      using world = new GitWorld(internet, host);
      const url = `https://${host}/you/app.git/git-receive-pack`;
      const script = `head -c 5000000 /dev/zero >big
        curl -sS -H expect: --data-binary @big -w '%{http_code}\\n' ${url}`;
      const { stdout, stderr } = world.git(script);
      assert.match(stdout, /^pale: .* git may not push to this repository.*\n403\n$/u, stderr);
    }
  });

  test("hands on an answer that comes before the server has heard all", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = new GitWorld(internet, "git.test");
    const script = `head -c 5000000 /dev/zero >big
      curl -sS -H expect: --data-binary @big -w '%{http_code}\\n' https://git.test/nothing`;
    const { stdout, stderr } = world.git(script);
    assert.equal(stdout, "no /nothing\n404\n", stderr);
  });

  test("sends packed requests", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = new GitWorld(internet, "git.test");
    const script = `git clone -q https://git.test/me/app.git one && cd one
      for i in $(seq 100); do git commit -q --allow-empty -m $i; done
      git clone -q https://git.test/me/app.git ../two && cd ../two && git checkout -qb packed
      git commit -q --allow-empty -m new && git push -q origin packed
      cd ../one && git fetch -q && git log --format=%s -1 origin/packed`;
    const { status, stdout, stderr } = world.git(script);
    assert.deepEqual({ status, stdout }, { status: 0, stdout: "new\n" }, stderr);
    const packed = internet.requests().filter(({ headers }) => headers["content-encoding"]);
    assert.ok(packed.length > 0, "control: some were");
  });

  test("follows a redirect no further than its rules, and takes no token elsewhere", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = new GitWorld(internet, "git.test", '["moved/app"]');
    const read = world.git("git ls-remote https://git.test/moved/app.git HEAD");
    assert.match(read.stdout, /\tHEAD$/mu, read.stderr);
    const script = `git clone -q https://git.test/moved/app.git one && cd one
      git checkout -qb moved && git commit -q --allow-empty -m x && git push origin moved`;
    const { status, stderr } = world.git(script);
    assert.equal(status, 128);
    assert.match(stderr, /remote: pale: git\.test:443 is refused: git may not push/u);
    const away = `export GIT_SSL_CAINFO=$PWD/ca.pem
      git -c http.extraHeader="Authorization: Bearer $GIT_TOKEN" ls-remote https://web.test/repository.git HEAD
      curl -sSL https://git.test/away/app.git/info/refs >/dev/null`;
    world.git(away);
    const others = internet.requests().filter(({ host }) => host === "web.test");
    const words = Buffer.from(`x-access-token:${GIT_TOKEN}`).toString("base64");
    assert.ok(others.length >= 1, "control: there were requests");
    for (const { headers } of others) {
      const text = JSON.stringify(headers);
      assert.equal(text.includes(GIT_TOKEN) || text.includes(words), false, text);
    }
  });

  test("puts the token in the place of what a project's configuration sends", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = new GitWorld(internet, "git.test");
    const helper = "!touch asked; echo username=a; echo password=b";
    const script = `git -c http.extraHeader="Authorization: Basic YTpi" -c credential.helper='${helper}' \\
      ls-remote https://git.test/me/app.git HEAD && test ! -e asked`;
    const { status, stdout, stderr } = world.git(script);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /\tHEAD$/mu);
  });

  test("has large files asked for only where it may push", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = new GitWorld(internet, "git.test");
    const batch = (repository: string) =>
      `curl -s -o /dev/null -w '%{http_code}\\n' -d {} https://git.test/${repository}.git/info/lfs/objects/batch`;
    const { stdout } = world.git(`${batch("me/app")}; ${batch("you/app")}`);
    assert.equal(stdout, "404\n403\n");
  });
});
