import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { requireSandbox, requireTools, skip } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

const SECRET = "planted-secret-91ac";

/** Files of the home directory that hold credentials, next to what facets show. */
const CREDENTIALS =
  `.cargo/credentials .cargo/credentials.toml .cargo/config.toml .npmrc .yarnrc.yml .pypirc
  .config/pip/pip.conf .config/uv/credentials.toml .local/share/uv/credentials/a .m2/settings.xml
  .m2/settings-security.xml .gradle/gradle.properties .gradle/init.gradle .gem/credentials
  .local/share/gem/credentials .bundle/config .config/gh/hosts.yml .docker/config.json .git-credentials
  .config/git/credentials .ssh/id_ed25519 .ssh/config .gnupg/private-keys-v1.d/a.key .netrc
  .config/nix/nix.conf .config/go/env .config/mise/config.toml .config/pnpm/rc .sdkman/etc/config
  .config/containers/auth.json .config/pulse/secret .env .bashrc`.split(/\s+/u);

/** A program for each facet, as its tools have it installed. */
const PROGRAMS = {
  node: ".nvm/versions/node/v99.0.0/bin/nodely",
  python: ".pyenv/versions/3.99/bin/pythonly",
  rust: ".cargo/bin/rustly",
  go: "go/bin/goly",
  java: ".sdkman/candidates/java/current/bin/javaly",
  ruby: ".rbenv/shims/rubyly",
};

describe("a facet for a toolchain", () => {
  for (const [facet, program] of Object.entries(PROGRAMS)) {
    test(`${facet} shows it where it is, on PATH`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const file = world.write(program, "#!/bin/sh\necho runs\n", 0o755);
      const env = { PATH: `${dirname(file)}:/usr/bin:/bin` };
      const name = program.split("/").at(-1) ?? "";
      const without = world.inside(name, { env });
      assert.match(without.stderr, /not found/u);
      const { stdout, stderr } = world.inside(name, { env, flags: ["-u", facet] });
      assert.equal(stdout, "runs\n", stderr);
      const written = world.inside(`echo x >> ${file}`, { env, flags: ["-u", facet] });
      assert.match(written.stderr, /Read-only file system/u);
    });
  }

  for (const [facet, cache] of [
    ["node", ".npm/_cacache"],
    ["rust", ".cargo/registry"],
    ["go", "go/pkg/mod"],
    ["java", ".m2/repository"],
  ] as const) {
    test(`${facet} keeps what is downloaded`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      world.write(`${cache}/old`, "old\n");
      const script = `mkdir -p ~/${cache}; echo new > ~/${cache}/new; cat ~/${cache}/old`;
      assert.match(world.inside(script).stderr, /No such file/u);
      assert.match(world.outside(`cat ~/${cache}/new`).stderr, /No such file/u);
      assert.equal(world.inside(script, { flags: ["-u", facet] }).stdout, "old\n");
      assert.equal(world.outside(`cat ~/${cache}/new`).stdout, "new\n");
    });
  }

  test("moves with the variable that moves the toolchain", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("elsewhere/nvm/nvm.sh", "moved\n");
    const env = { NVM_DIR: join(world.home, "elsewhere/nvm") };
    const { stdout } = world.inside("cat $NVM_DIR/nvm.sh", { env, flags: ["-u", "node"] });
    assert.equal(stdout, "moved\n");
  });
});

describe("no facet", () => {
  const { profiles } = compileConfiguration(BUILTIN_PROFILES);
  // Registries are read from the credentials' own files: test/host/registries.test.ts. `gh` is below.
  const facets = Object.keys(profiles).filter((name) => {
    return name !== "gh" && profiles[name]?.registries.length === 0;
  });
  const flags = facets.flatMap((name) => ["-u", name]);

  test("shows a credential, not even all of them together", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    for (const name of CREDENTIALS) world.write(name, `${SECRET}\n`, 0o600);
    for (const program of Object.values(PROGRAMS)) world.write(program, "harmless\n", 0o755);
    world.write(".gitconfig", gitConfiguration());
    const search = `grep -rls ${SECRET} ~ /run/pale /etc /tmp; env | grep ${SECRET}; echo done`;
    const found = world.inside(search, { flags, timeout: 120_000 });
    assert.equal(found.stdout, "done\n", found.stderr);
    const shown = CREDENTIALS.flatMap((name) => ["--ro", join(world.home, name)]);
    const control = world.inside(search, { flags: [...flags, ...shown], timeout: 120_000 });
    const names = CREDENTIALS.map((name) => join(world.home, name));
    const seen = new Set(control.stdout.split("\n"));
    assert.deepEqual(
      names.filter((name) => !seen.has(name)),
      [],
      control.stderr,
    );
  });

  for (const name of facets) {
    test(`stops a launch on a machine that has nothing of it: ${name}`, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      const { stdout, stderr } = world.inside("echo runs", { flags: ["-u", name] });
      assert.equal(stdout, "runs\n", stderr);
    });
  }

  test("that comes with a warning is chosen by a command's name", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write("bin/docker", '#!/bin/sh\necho "$PALE_SANDBOX"\n', 0o755);
    world.write("bin/node", '#!/bin/sh\necho "$PALE_SANDBOX"\n', 0o755);
    const env = { PATH: `${join(world.home, "bin")}:/usr/bin:/bin` };
    assert.equal(world.pale(["run", "node"], { env }).stdout, "node\n");
    assert.equal(world.pale(["run", "docker"], { env }).stdout, "default\n");
    const asked = world.pale(["run", "--profile", "docker", "docker"], { env });
    assert.equal(asked.stdout, "docker\n");
    assert.match(asked.stderr, /^pale: warning: docker: who reaches the docker daemon is root/mu);
  });
});

describe("a device", () => {
  test("works inside where it is mounted writable, and only there", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    // Whoever may open it, a device on a mount for no devices gives EACCES and this one does not.
    const device = ["/dev/fuse", "/dev/net/tun", "/dev/kvm", "/dev/dri/renderD128"].find((path) => {
      return world.outside(`: < ${path}`).status === 0;
    });
    if (device === undefined) return skip(t, "there is no device here that users may open");
    const script = `: < ${device} && echo opened`;
    assert.match(world.inside(script).stderr, /No such file/u);
    assert.match(world.inside(script, { flags: ["--ro", device] }).stderr, /Permission denied/u);
    assert.equal(world.inside(script, { flags: ["--rw", device] }).stdout, "opened\n");
  });
});

describe("the gh facet", () => {
  test("hands over the token that gh prints, and not gh's files", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/gh/hosts.yml", SECRET);
    world.write(
      "bin/gh",
      `#!/bin/sh\ntest "$*" = "auth token" && cat ~/.config/gh/hosts.yml\n`,
      0o755,
    );
    const env = { PATH: `${join(world.home, "bin")}:/usr/bin:/bin` };
    const script = 'echo "[$GH_TOKEN]"; cat ~/.config/gh/hosts.yml';
    assert.equal(world.inside(script, { env }).stdout, "[]\n");
    const { stdout, stderr } = world.inside(script, { env, flags: ["-u", "gh"] });
    assert.equal(stdout, `[${SECRET}]\n`, stderr);
    assert.match(stderr, /hosts\.yml: No such file/u);
  });
});

describe("the git facet", () => {
  test("says who commits, for this project, and nothing else", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["git"])) return;
    using world = new World();
    rmSync(join(world.project, ".git"), { recursive: true });
    assert.equal(world.outside("git init -q .").status, 0);
    world.write(".gitconfig", gitConfiguration());
    world.write(".gitconfig-work", "[user]\n\temail = ada@work.example\n");
    const commit = "echo x > f && git add f && git commit -qm one && git log -1 --format='%an %ae'";
    const without = world.inside(commit);
    assert.match(without.stderr, /Please tell me who you are|empty ident name/u);
    const { stdout, stderr } = world.inside(commit, { flags: ["-u", "git"] });
    assert.equal(stdout, "Ada Lovelace ada@work.example\n", stderr);
    const list = "git config --list --show-origin | grep -v '^file:.git/'";
    const settings = world.inside(list, { flags: ["-u", "git"] }).stdout;
    assert.match(settings, /commit\.gpgsign=false/u);
    assert.doesNotMatch(settings, new RegExp(`${SECRET}|hookspath|insteadof`, "iu"));
    assert.match(world.outside("git config --list").stdout, new RegExp(SECRET, "u"));
  });

  test("leaves a configuration alone that the user mounts", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["git"])) return;
    using world = new World();
    const file = world.write(".gitconfig", "[user]\n\tname = Own\n[core]\n\tabbrev = 9\n");
    const flags = ["-u", "git", "--ro", file];
    const { stdout } = world.inside("git config --global --list", { flags });
    assert.equal(stdout, "user.name=Own\ncore.abbrev=9\n");
  });
});

function gitConfiguration(): string {
  return `[user]
	name = Ada Lovelace
	email = ada@home.example
	signingKey = ABC
[commit]
	gpgSign = true
[credential]
	helper = "!echo password=${SECRET}"
[core]
	hooksPath = ~/hooks
[url "https://${SECRET}@github.com/"]
	insteadOf = https://github.com/
[includeIf "gitdir:~/work/"]
	path = .gitconfig-work
`;
}
