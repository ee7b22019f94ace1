import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Outcome } from "../helpers/world.ts";
import type { NixStore } from "./store.ts";
import { HOST } from "./store.ts";

export const HOME = "/home/ada";
export const PROJECT = `${HOME}/project`;

/** PATH as NixOS has it, first to last. */
const PATH = `/run/wrappers/bin:${HOME}/.nix-profile/bin:/etc/profiles/per-user/ada/bin:/run/current-system/sw/bin`;

const ENVIRONMENT = {
  HOME,
  USER: "ada",
  TERM: "xterm",
  PATH,
  SHELL: "/run/current-system/sw/bin/bash",
  LOCALE_ARCHIVE: "/run/current-system/sw/lib/locale/locale-archive",
  TERMINFO_DIRS: "/run/current-system/sw/share/terminfo",
  NIX_LD: "/run/current-system/sw/share/nix-ld/lib/ld.so",
  NIX_REMOTE: "daemon",
  __NIXOS_SET_ENVIRONMENT_DONE: "1",
};

const ETC = "00000000000000000000000000000000-etc";

/**
 * The root of a NixOS, of links into a store: nothing of the FHS but /bin/sh and /usr/bin/env, nearly
 * all of /etc through /etc/static, profiles, a daemon's socket, and the files of home-manager.
 */
export class FakeNixos {
  readonly root: string;
  readonly #store: NixStore;

  /** @param world path in the store of what test/nix/nixos.nix makes */
  constructor(store: NixStore, world: string) {
    this.#store = store;
    this.root = store.locate("nixos");
    const at = (name: string) => readlinkSync(store.locate(join(world, name)));
    for (const name of ["proc", "dev", "sys", "tmp", "nix/store", "var"]) this.#directory(name);
    symlinkSync(at("glibc"), store.locate(HOST.libraryLink.slice(0, -1)));
    this.#fillEtc(at);
    this.#link("bin/sh", at("bash"));
    this.#link("usr/bin/env", at("env"));
    const system = this.#store.locate("nix/store/00000000000000000000000000000000-nixos-system");
    mkdirSync(system);
    symlinkSync(at("system"), join(system, "sw"));
    this.#link("run/current-system", "/nix/store/00000000000000000000000000000000-nixos-system");
    this.#write("run/wrappers/bin/sudo", "#!/bin/sh\n", 0o755);
    this.#write("run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\n");
    this.#directory("nix/var/nix/daemon-socket");
    listen(join(this.root, "nix/var/nix/daemon-socket/socket"));
    this.#link("nix/var/nix/profiles/default", at("system"));
    this.#fillHome(at);
  }

  #fillEtc(at: (name: string) => string): void {
    const files = {
      gitconfig: "[user]\n",
      hosts: "127.0.0.1 localhost\n",
      "os-release": "ID=nixos\nNAME=NixOS\n",
      "ssl/certs/ca-bundle.crt": "a certificate\n",
      "set-environment": "PATH=/from/set-environment\n",
      profile: '[ -n "$__NIXOS_SET_ENVIRONMENT_DONE" ] || . /etc/set-environment\n',
    };
    for (const [file, text] of Object.entries(files)) {
      const path = this.#store.locate(`nix/store/${ETC}/etc/${file}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    this.#link("etc/static", `/nix/store/${ETC}/etc`);
    for (const file of ["hosts", "os-release", "set-environment", "profile"]) {
      this.#link(`etc/${file}`, `/etc/static/${file}`);
    }
    this.#link("etc/ssl/certs/ca-certificates.crt", "/etc/static/ssl/certs/ca-bundle.crt");
    this.#link("etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf");
    this.#link("etc/profiles/per-user/ada", at("user"));
    this.#link("etc/pale/config.toml", at("system.toml"));
    this.#write("etc/NIXOS", "");
    this.#write("etc/group", `users:x:${userInfo().gid}:\n`);
    this.#write("etc/passwd", `ada:x:${userInfo().uid}:${userInfo().gid}::${HOME}:/bin/sh\n`);
  }

  #fillHome(at: (name: string) => string): void {
    const profiles = `${HOME}/.local/state/nix/profiles`;
    this.#link(`${profiles}/profile-1-link`, at("user"));
    this.#link(`${profiles}/profile`, "profile-1-link");
    this.#link(`${HOME}/.nix-profile`, ".local/state/nix/profiles/profile");
    this.#link(`${HOME}/.config/pale/config.toml`, at("user.toml"));
    this.#link(`${HOME}/.gitconfig`, `/nix/store/${ETC}/etc/gitconfig`);
    this.#directory(`${PROJECT}/.git`);
  }

  /** A command in the project, by the PATH that a log-in has. */
  run(command: readonly string[], environment: Record<string, string> = {}): Outcome {
    const mounts = [
      ["--bind", this.root, "/"],
      ["--ro-bind", this.#store.locate("nix/store"), "/nix/store"],
      ["--ro-bind", "/sys", "/sys"],
      ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"],
    ].flat();
    const options = ["--unshare-user", "--unshare-pid", "--die-with-parent", "--chdir", PROJECT];
    const variables = Object.entries({ ...ENVIRONMENT, ...environment });
    const settings = variables.flatMap(([name, value]) => ["--setenv", name, value]);
    const { status, stdout, stderr, error } = spawnSync(
      "bwrap",
      [...mounts, ...options, "--clearenv", ...settings, "--", ...command],
      { encoding: "utf8", timeout: 120_000, env: { PATH: "/usr/bin:/bin" } },
    );
    if (error) throw error;
    return { status, stdout, stderr };
  }

  #directory(name: string): void {
    mkdirSync(join(this.root, name), { recursive: true });
  }

  #write(name: string, text: string, mode = 0o644): void {
    this.#directory(dirname(name));
    writeFileSync(join(this.root, name), text, { mode });
  }

  #link(name: string, target: string): void {
    this.#directory(dirname(name));
    symlinkSync(target, join(this.root, name));
  }
}

/** A socket that nobody serves: what is asked for is whether it is there. */
function listen(path: string): void {
  const script = "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";
  execFileSync("python3", ["-c", script, path]);
}
