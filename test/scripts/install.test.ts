import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool, requireTools } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What a clone has: the tracked files and those that are about to be. */
function copyTree(target: string): void {
  for (const name of ["src", "shims", "scripts", "package.json", "package-lock.json", ".npmrc"]) {
    cpSync(join(ROOT, name), join(target, name), { recursive: true });
  }
}

describe("scripts/install.sh", () => {
  test("builds, installs, configures and proves that a command runs confined", (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["npm", "pasta"])) return;
    using world = new World();
    const clone = join(world.home, "clone");
    copyTree(clone);
    const script = join(clone, "scripts/install.sh");
    const PATH = process.env["PATH"] ?? "";
    const first = world.spawn([script], { env: { PATH, SHELL: "/bin/bash" }, timeout: 110_000 });
    assert.equal(first.status, 0, first.stdout + first.stderr);
    assert.match(first.stdout, /outside: +cat secret +-> +a secret of the home directory/u);
    assert.match(first.stdout, /inside: +cat secret +-> +No such file or directory/u);
    assert.match(first.stdout, /capabilities +-> +CapEff: 0000000000000000/u);
    assert.match(first.stdout, /cat project\/proof +-> +written inside/u);
    const pale = join(world.home, ".local/bin/pale");
    const line = `eval "$(${pale} shellenv bash)"`;
    assert.ok(first.stdout.includes(line), first.stdout);
    assert.match(
      readFileSync(join(world.home, ".config/pale/config.toml"), "utf8"),
      /^#:schema .*\n# pale:/u,
    );
    const manual = readFileSync(join(world.home, ".local/share/man/man1/pale.1"), "utf8");
    assert.match(manual, /^\.TH PALE 1 /u);
    const found = world.spawn(["bash", "-c", `${line}; command -v claude claude-raw codex pi`]);
    const shims = join(world.home, ".local/share/pale/shims");
    const names = ["claude", "claude-raw", "codex", "pi"];
    assert.equal(found.stdout, names.map((name) => `${shims}/${name}\n`).join(""));
  });

  test("asks the package manager, through sudo, for exactly what is missing", (t) => {
    if (!requireTool(t, "sh")) return;
    using world = new World();
    const bin = makeBin(world, ["npm"]);
    const { log, status, stderr } = runWith(world, bin);
    assert.deepEqual(log, ["apt-get update", "apt-get install -y bubblewrap"]);
    assert.equal(status, 1);
    assert.match(stderr, /^install: still missing after the installation: bubblewrap /mu);
  });

  test("asks for nothing when nothing is missing", (t) => {
    if (!requireTool(t, "sh")) return;
    using world = new World();
    const bin = makeBin(world, ["npm", "bwrap"]);
    const { log } = runWith(world, bin);
    assert.deepEqual(log, ["npm ci --no-audit --no-fund --loglevel=error"]);
  });
});

/** A directory for PATH with what the script needs, the named programs, and a sudo that tells. */
function makeBin(world: World, present: readonly string[]): string {
  const bin = join(world.root, "bin");
  mkdirSync(bin);
  for (const name of ["sh", "uname", "id", "dirname", "basename", "cat", "sed"]) {
    symlinkSync(
      execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(),
      join(bin, name),
    );
  }
  const tell = (name: string, words: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${words}" >> '${world.root}/log'\nexit 0\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of present) tell(name, `${name} $*`);
  tell("sudo", "$*");
  tell("apt-get", "");
  // The tests must not depend on what /usr/sbin of this machine has.
  tell("npm", "npm $*");
  if (present.includes("npm"))
    writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "npm $*" >> '${world.root}/log'\nexit 1\n`);
  return bin;
}

function runWith(world: World, bin: string) {
  const script = join(world.root, "install.sh");
  const text = readFileSync(join(ROOT, "scripts/install.sh"), "utf8");
  // Only PATH decides here: the two directories for administrators are this machine's.
  writeFileSync(
    script,
    text.replaceAll("/usr/sbin/$1", "/nowhere/$1").replaceAll("/sbin/$1", "/nowhere/$1"),
  );
  const { status, stderr } = spawnSync(join(bin, "sh"), [script], {
    env: { PATH: bin, HOME: world.home },
    cwd: world.root,
    encoding: "utf8",
  });
  const log = existsSync(join(world.root, "log"))
    ? readFileSync(join(world.root, "log"), "utf8")
    : "";
  return { status, stderr, log: log.split("\n").filter(Boolean) };
}
