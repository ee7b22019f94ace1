import assert from "node:assert/strict";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { FakeNixos, HOME } from "./fake-nixos.ts";
import { NixStore, requireNix, requireStore } from "./store.ts";

/** A NixOS that has a true pale. */
type Built = { store: NixStore; world: string; nixos: FakeNixos };

let built: Built | undefined;

function requireNixos(context: TestContext): Built | undefined {
  if (built) return built;
  const store = requireStore(context);
  if (!store) return undefined;
  const world = store.build("nixos", "all");
  built = { store, world, nixos: new FakeNixos(store, world) };
  return built;
}

describe("the flake", () => {
  test("has what users look for, for both architectures", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const { status, stdout, stderr } = nix(store, ["flake", "show", "--json"], "");
    assert.equal(status, 0, stderr);
    const outputs = JSON.parse(stdout) as Record<string, Record<string, object>>;
    assert.deepEqual(
      Object.entries(outputs).map(([name, output]) => [name, ...Object.keys(output)].join(" ")),
      [
        "apps aarch64-linux x86_64-linux",
        "checks aarch64-linux x86_64-linux",
        "devShells aarch64-linux x86_64-linux",
        "formatter aarch64-linux x86_64-linux",
        "homeManagerModules type",
        "homeModules type",
        "lib type",
        "nixosModules default",
        "overlays default",
        "packages aarch64-linux x86_64-linux",
        "templates default devshell home-manager nixos",
      ],
    );
  });

  test("passes its own checks, with the very pale that the modules take", (context) => {
    const world = requireNixos(context);
    if (!world) return;
    const { status, stderr } = nix(world.store, ["flake", "check"], "");
    assert.equal(status, 0, stderr);
    const { stdout } = nix(world.store, ["build", "--no-link", "--json"], "#default");
    const [{ outputs }] = JSON.parse(stdout);
    assert.equal(outputs.out, world.store.build("nixos", "pale"));
  });

  test("gives a project a shell with shims", (context) => {
    const world = requireNixos(context);
    if (!world) return;
    const { store } = world;
    const template = `path:${store.source}/nix/templates/devshell`;
    const inputs = ["--override-input", "pale", `path:${store.source}`];
    const { status, stderr } = nix(store, ["flake", "check", ...inputs], template);
    assert.equal(status, 0, stderr);
  });
});

describe("the package", () => {
  test("has the program, completions and the manual page, and brings its bubblewrap", (context) => {
    const world = requireNixos(context);
    if (!world) return;
    const { store } = world;
    const path = store.build("nixos", "pale");
    const files = [
      "bin/pale",
      "share/man/man1/pale.1",
      "share/bash-completion/completions/pale.bash",
      "share/zsh/site-functions/_pale",
      "share/fish/vendor_completions.d/pale.fish",
    ];
    for (const file of files) assert.ok(readFileSync(store.locate(join(path, file))).length > 0);
    const { stdout } = store.run(["nix-store", "--query", "--references", path]);
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/^.{44}/u, ""));
    assert.deepEqual(names.sort(), ["bubblewrap", "glibc", "pale-0.1.0"]);
  });

  test("is not built with other dependencies than those of the lock file", (context) => {
    if (!requireNix(context)) return;
    using store = new NixStore();
    assert.match(store.build("nixos", "dependencies"), /-pale-dependencies$/u, "control");
    const file = join(store.source, "package-lock.json");
    const lock = readFileSync(file, "utf8");
    // What the checkout has, without one of them.
    const manifest = JSON.parse(lock);
    delete manifest.packages["node_modules/signal-exit"];
    writeFileSync(file, JSON.stringify(manifest));
    const other = readFileSync(join(store.source, "nix/dependencies.nix"), "utf8");
    // A path of a fixed content is not built again: it takes another name to see what it would be.
    const renamed = other.replace('"pale-dependencies"', '"other-dependencies"');
    writeFileSync(join(store.source, "nix/dependencies.nix"), renamed);
    const { status, stderr } = store.attempt("nixos", "dependencies");
    assert.notEqual(status, 0);
    assert.match(stderr, /hash mismatch in fixed-output derivation/u);
  });
});

/** A command, started as a user of NixOS types it, and what it prints. */
const RUNS: [what: string, script: string, printed: string | RegExp][] = [
  [
    "the user's shim runs the real program",
    "claude hello",
    /^claude is here\n[^]*from the module\nhello\n$/u,
  ],
  ["the way out adds nothing", "claude-raw hello", "claude is here\nhello\n"],
  ["a shim of the system does so, too", "codex hello", /^codex is here\n[^]*hello\n$/u],
  ["the shim is before the real program", "command -v claude", `${HOME}/.nix-profile/bin/claude\n`],
  ["confined", "claude eval 'grep NoNewPrivs /proc/self/status'", "NoNewPrivs:\t1\n"],
  ["settings of home-manager count", "claude eval 'echo $FROM_HOME_MANAGER'", "yes\n"],
  ["settings of NixOS count", "codex eval 'echo $FROM_NIXOS'", "yes\n"],
  ["settings of one agent are not another's", "claude eval 'echo $FROM_NIXOS'", "\n"],
  ["the user's come after the system's", "claude eval 'echo $FROM_BOTH'", "the user's\n"],
  [
    "a rule that cannot be saved is said to be, in the user's own file",
    "pale allow --profile codex example.org 2>&1",
    /\/home\/ada\/.config\/pale\/config.toml` cannot be written/u,
  ],
  ["nothing of /nix but the store", "claude eval 'ls /nix'", "store\n"],
  ["the control: outside there is more", "claude-raw eval 'ls /nix'", "store\nvar\n"],
  ["the daemon is there by choice", "pale run -u nix ls /nix/var/nix", "daemon-socket\nprofiles\n"],
  ["and then said to be", "pale run -u nix -- sh -c 'echo $NIX_REMOTE'", "daemon\n"],
  ["otherwise not", "claude eval 'echo $NIX_REMOTE'", "\n"],
  ["nor setuid programs", "claude eval 'command -v sudo || echo none'", "none\n"],
  ["the control: outside they are", "command -v sudo", "/run/wrappers/bin/sudo\n"],
  ["the system is where it was", "claude eval 'readlink /run/current-system'", /-nixos-system\n$/u],
  [
    "scripts find their shells",
    'claude eval \'/usr/bin/env sh -c "echo ok"; /bin/sh -c "echo ok"\'',
    "ok\nok\n",
  ],
  ["certificates", "claude eval 'cat /etc/ssl/certs/ca-certificates.crt'", "a certificate\n"],
  ["what /etc/static has", "claude eval 'head -n1 /etc/os-release'", "ID=nixos\n"],
  ["names are asked of pale", "claude eval 'cat /etc/resolv.conf'", "nameserver 127.0.0.1\n"],
  ["the control: outside of another", "cat /etc/resolv.conf", "nameserver 127.0.0.53\n"],
  [
    "locale, terminals and nix-ld",
    "claude eval 'echo $LOCALE_ARCHIVE $TERMINFO_DIRS $NIX_LD'",
    "/run/current-system/sw/lib/locale/locale-archive /run/current-system/sw/share/terminfo /run/current-system/sw/share/nix-ld/lib/ld.so\n",
  ],
  [
    "a log-in shell keeps PATH",
    "claude eval 'bash -lc \"command -v ls\"'",
    "/run/current-system/sw/bin/ls\n",
  ],
  [
    "the control: without a mark of NixOS it would not",
    "env -u __NIXOS_SET_ENVIRONMENT_DONE bash -lc 'echo $PATH'",
    "/from/set-environment\n",
  ],
  [
    "a link of home-manager's is followed",
    "pale run --ro ~/.gitconfig cat ~/.gitconfig",
    "[user]\n",
  ],
  ["and else not there", "pale run ls -A ~/.gitconfig 2>&1 || echo none", /none\n$/u],
  ["pale itself starts inside", "claude eval '/run/pale/pale --version'", /^pale \d/u],
  [
    "the doctor finds the shims where they are, before what else has their names",
    "pale doctor | grep -A1 '^ok   shims'",
    /shims +claude in \/home\/ada\/\.nix-profile\/bin\nok +PATH +the shims come first/u,
  ],
  [
    "bubblewrap is the one that pale brings",
    "pale doctor | grep bubblewrap",
    /-bubblewrap\/bin\/bwrap/u,
  ],
];

describe("on NixOS", () => {
  for (const [what, script, printed] of RUNS) {
    test(what, (context) => {
      const world = requireNixos(context);
      if (!world) return;
      const { stdout, stderr } = world.nixos.run(["sh", "-c", script]);
      if (typeof printed === "string") assert.equal(stdout, printed, stderr);
      else assert.match(stdout, printed, stderr);
    });
  }

  test("an agent in an agent's sandbox is the real one, without a second sandbox", (context) => {
    const world = requireNixos(context);
    if (!world) return;
    const { stdout, stderr } = world.nixos.run(["claude", "eval", "claude hello"]);
    assert.match(stdout, /^claude is here\n[^]*from the module\nhello\n$/u, stderr);
  });

  test("a devShell's programs and variables are there, and the project's own settings count", (context) => {
    const world = requireNixos(context);
    if (!world) return;
    const { store, nixos } = world;
    const [shims, tool] = ["shell", "tool"].map((name) => {
      return join(readlinkSync(store.locate(join(world.world, name))), "bin");
    });
    const environment = {
      PATH: `${shims}:${tool}:/run/current-system/sw/bin`,
      PKG_CONFIG_PATH: "/nix/store/some/lib/pkgconfig",
      NIX_CONFIG: "access-tokens = secret",
    };
    const script =
      'project-tool; echo "$FROM_SHELL $PKG_CONFIG_PATH $NIX_CONFIG"; command -v codex';
    const inside = nixos.run(["pi", "eval", script], environment);
    assert.deepEqual(
      inside.stdout.split("\n"),
      [
        "project-tool is here",
        "yes /nix/store/some/lib/pkgconfig ",
        "/run/current-system/sw/bin/codex",
        "",
      ],
      inside.stderr,
    );
    const outside = nixos.run(["pi-raw", "eval", script], environment);
    assert.match(outside.stdout, /^ \/nix\/store\/some\/lib\/pkgconfig access-tokens/mu, "control");
  });
});

function nix(store: NixStore, [first = "", ...words]: readonly string[], flake: string) {
  const nixpkgs = ["--override-input", "nixpkgs", `path:${store.source}/test/nix/nixpkgs`];
  const options = ["--offline", "--no-write-lock-file", ...nixpkgs];
  const target = flake.startsWith("path:") ? flake : `path:${store.source}${flake}`;
  return store.run(["nix", first, ...words, ...options, target]);
}
