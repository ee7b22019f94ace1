import { basename, join } from "node:path";
import type { Environment } from "../host/directories.ts";
import { readStatusThroughLinks } from "../host/status.ts";
import { quoteForFish, quoteForScript } from "./quote.ts";
import type { Shell } from "./shell-environment.ts";

/** A file that a shell reads when it starts. */
export type StartupFile = {
  path: string;
  /** Whose syntax it is in. */
  shell: Shell;
  /** Without it no shell of this kind gets the shims; others get the block where they are there. */
  isNeeded: boolean;
};

/** Where the shells of a user look. */
export type ShellPlaces = { home: string; environment: Environment };

/** Every file that the block can be in, in the order in which a shell reads them. */
export function listStartupFiles(shell: Shell, places: ShellPlaces): StartupFile[] {
  switch (shell) {
    case "bash":
      return listBash(places.home);
    case "zsh":
      return listZsh(places);
    case "fish":
      return listFish(fishDirectory(places));
    case "sh":
      return [{ path: join(places.home, ".profile"), shell, isNeeded: true }];
  }
}

/** A login shell reads the first of three, and `~/.bashrc` only when that one says so. */
function listBash(home: string): StartupFile[] {
  const logins = [".bash_profile", ".bash_login", ".profile"];
  const login = logins.find((name) => isThere(join(home, name))) ?? ".profile";
  return [".bashrc", ...logins].map((name) => ({
    path: join(home, name),
    // Other shells read this one, too.
    shell: name === ".profile" ? "sh" : "bash",
    isNeeded: name === ".bashrc" || name === login,
  }));
}

/** All of conf.d is read before config.fish, whatever the names there. */
function listFish(directory: string): StartupFile[] {
  const last = join(directory, "config.fish");
  return [
    { path: join(directory, "conf.d/zz-pale.fish"), shell: "fish", isNeeded: true },
    { path: last, shell: "fish", isNeeded: isThere(last) },
  ];
}

/**
 * Every zsh reads .zshenv, then a login shell .zprofile, an interactive one .zshrc, a login
 * shell .zlogin. `zsh -c` gets no other than .zshenv; what later files put in front of the
 * shims there is mended in the last one.
 */
function listZsh({ home, environment }: ShellPlaces): StartupFile[] {
  const directory = environment["ZDOTDIR"] || home;
  const names = [".zshenv", ".zprofile", ".zshrc", ".zlogin"];
  const own = names.map((name) => join(directory, name));
  // Where ZDOTDIR is set in ~/.zshenv, as it usually is, the first shell reads that one.
  const paths = [...new Set([join(home, ".zshenv"), ...own])];
  const needed = [join(home, ".zshenv"), join(directory, ".zshrc")];
  return paths.map((path) => ({
    path,
    shell: "zsh",
    isNeeded: needed.includes(path) || isThere(path),
  }));
}

function fishDirectory({ home, environment }: ShellPlaces): string {
  return join(environment["XDG_CONFIG_HOME"] || join(home, ".config"), "fish");
}

/** The shell that the user logs in with, and those that the user has configured. */
export function findShells(places: ShellPlaces): Shell[] {
  const { home, environment } = places;
  const login = basename(environment["SHELL"] ?? "sh");
  const signs: [Shell, string[]][] = [
    ["bash", [join(home, ".bashrc"), join(home, ".bash_profile")]],
    ["zsh", listZsh(places).map(({ path }) => path)],
    ["fish", [fishDirectory(places)]],
  ];
  const found = signs.filter(([shell, paths]) => shell === login || paths.some(isThere));
  const shells = found.map(([shell]) => shell);
  const isKnown = signs.some(([shell]) => shell === login);
  return isKnown ? shells : [...shells, "sh"];
}

/** What a startup file needs: the executable, and the directory of the shims. */
export type InstalledPaths = { pale: string; shims: string };

/**
 * The line that goes into a startup file. From the root directory: where the one that a shell is
 * started in was removed, pale could not start. Where it cannot start at all, the shims are on PATH
 * all the same, and say so: nothing runs without its sandbox because pale has gone.
 */
export function renderStartupCommand(shell: Shell, { pale, shims }: InstalledPaths): string {
  const quote = shell === "fish" ? quoteForFish : quoteForScript;
  const without = shell === "fish" ? `set -gx PATH ${quote(shims)} $PATH` : renderPath(shims);
  const script = `cd / && "$0" shellenv ${shell} || printf "%s\\n" "$1"`;
  const command = `/bin/sh -c '${script}' ${quote(pale)} ${quote(without)}`;
  return shell === "fish" ? `${command} | source` : `eval "$(${command})"`;
}

function renderPath(shims: string): string {
  return `export PATH=${quoteForScript(shims)}"\${PATH:+:$PATH}"`;
}

/** The same as one writes it by hand. */
export function renderPlainCommand(shell: Shell, pale: string): string {
  return shell === "fish"
    ? `${quoteForFish(pale)} shellenv fish | source`
    : `eval "$(${quoteForScript(pale)} shellenv ${shell})"`;
}

function isThere(path: string): boolean {
  return readStatusThroughLinks(path) !== undefined;
}
