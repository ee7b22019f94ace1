import { spawnSync } from "node:child_process";
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/world.ts";
import { PALE } from "../helpers/world.ts";

const TREE = join(import.meta.dirname, "../..");

/** What the flake consists of. */
const SOURCES = `flake.nix nix src shims scripts docs test/nix package.json package-lock.json
  tsconfig.json`.split(/\s+/u);

export function requireNix(context: TestContext): true | undefined {
  const tools = ["nix", "patchelf", "busybox", "readelf"];
  if (!requireTools(context, tools) || !requireSandbox(context)) return undefined;
  return true;
}

let shared: NixStore | undefined;

/** One for all tests of a file, none of which changes the sources; gone at the end. */
export function requireStore(context: TestContext): NixStore | undefined {
  if (shared || !requireNix(context)) return shared;
  const store = new NixStore();
  // Not in a hook, which Bun cuts short.
  process.on("exit", () => store[Symbol.dispose]());
  shared = store;
  return store;
}

/**
 * A Nix store of its own, at /nix for what is run here, with a copy of the tree: no daemon, no
 * network, nothing of a /nix that the machine may have. On the disk, for it can grow large.
 */
export class NixStore implements Disposable {
  readonly root = mkdtempSync("/var/tmp/pale-nix-");
  readonly source = join(this.root, "source");

  constructor() {
    mkdirSync(join(this.root, "nix/store"), { recursive: true });
    for (const path of SOURCES) {
      cpSync(join(TREE, path), join(this.source, path), { recursive: true });
    }
    writeFileSync(join(this.source, "test/nix/nixpkgs/host.json"), JSON.stringify(HOST));
  }

  /** The path outside of what is called `path` in here. */
  locate(path: string): string {
    return join(this.root, path);
  }

  run(command: readonly string[], environment: Record<string, string> = {}): Outcome {
    const { status, stdout, stderr, error } = spawnSync(
      "bwrap",
      [...this.#mounts(), "--unshare-net", "--die-with-parent", "--", ...command],
      {
        cwd: this.source,
        env: { ...this.#environment(), ...environment },
        encoding: "utf8",
        timeout: 240_000,
        maxBuffer: 1 << 26,
      },
    );
    if (error) throw error;
    return { status, stdout, stderr };
  }

  /** The value of an attribute of test/nix/FILE.nix. */
  evaluate(file: string, attribute: string): unknown {
    const options = ["--eval", "--strict", "--json", "-A", attribute];
    const { status, stdout, stderr } = this.run([
      "nix-instantiate",
      ...options,
      ...this.#file(file),
    ]);
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** @returns the path in the store */
  build(file: string, attribute: string): string {
    const { status, stdout, stderr } = this.attempt(file, attribute);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  attempt(file: string, attribute: string, options: readonly string[] = []): Outcome {
    const command = ["nix-build", "--no-out-link", "-A", attribute, ...options];
    return this.run([...command, ...this.#file(file)]);
  }

  #file(name: string): string[] {
    const lib = process.env["NIXPKGS_LIB"];
    const other = lib === undefined ? [] : ["--arg", "lib", `import ${lib}`];
    const system = ["--argstr", "system", SYSTEM];
    return [`test/nix/${name}.nix`, "--arg", "root", "./.", ...system, ...other];
  }

  #environment(): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      HOME: join(this.root, "home"),
      LANG: "C.UTF-8",
      NIX_REMOTE: "local",
      NIX_PATH: "",
      NIX_CONFIG: `build-users-group =
        sandbox = false
        substitute = false
        experimental-features = nix-command flakes
        flake-registry =
        warn-dirty = false`.replaceAll(/^ +/gmu, ""),
    };
  }

  /** All of the host but /nix: a directory cannot be made at the root by everybody. */
  #mounts(): string[] {
    const names = readdirSync("/").filter((name) => !["nix", "proc", "dev"].includes(name));
    const host = names.flatMap((name) => {
      const path = `/${name}`;
      const isLink = lstatSync(path).isSymbolicLink();
      return isLink ? ["--symlink", readlinkSync(path), path] : ["--dev-bind", path, path];
    });
    const own = ["--bind", join(this.root, "nix"), "/nix"];
    return [...host, "--dev-bind", "/dev", "/dev", "--proc", "/proc", ...own];
  }

  [Symbol.dispose](): void {
    // What is in a store is read-only.
    spawnSync("chmod", ["-R", "u+w", this.root], { stdio: "ignore" });
    rmSync(this.root, { recursive: true, force: true });
  }
}

const SYSTEM = process.arch === "arm64" ? "aarch64-linux" : "x86_64-linux";

/** Where test/nix/nixpkgs finds the programs that it makes packages of. */
export const HOST = describeHost();

function describeHost() {
  const modules = join(TREE, "node_modules");
  const { stdout } = spawnSync("readelf", ["-lW", "/bin/bash"], { encoding: "utf8" });
  const [, loader = ""] = /interpreter: (.*)\]/u.exec(stdout) ?? [];
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  const libraries = `/lib/${architecture}-linux-gnu/`;
  return {
    loader: basename(loader),
    bun: join(modules, "bun/bin/bun.exe"),
    pale: PALE,
    modules,
    libraries,
    libraryLink: `${"/nix/store/glibc-libraries".slice(0, libraries.length - 1)}/`,
  };
}
