import { existsSync, readFileSync } from "node:fs";
import type { Distribution } from "../doctor/facts.ts";

const FAMILIES: Record<string, Distribution> = {
  debian: "debian",
  ubuntu: "debian",
  fedora: "fedora",
  rhel: "fedora",
  suse: "suse",
  opensuse: "suse",
  arch: "arch",
  alpine: "alpine",
  nixos: "nix",
};

/** From os-release(5): what it is, else what it is like. */
export function readDistribution(file = "/etc/os-release"): Distribution {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const pick = (name: string) =>
    new RegExp(`^${name}="?([^"\\n]*)`, "mu").exec(text)?.[1]?.split(/\s+/u) ?? [];
  const known = [...pick("ID"), ...pick("ID_LIKE")].flatMap((name) => FAMILIES[name] ?? []);
  return known[0] ?? "unknown";
}

/** Where the tool's name is not its package's. */
const PACKAGES: Record<string, string> = {
  bwrap: "bubblewrap",
  "notify-send": "libnotify",
  "wl-paste": "wl-clipboard",
};

const NOTIFY_PACKAGES: Partial<Record<Distribution, string>> = {
  debian: "libnotify-bin",
  suse: "libnotify-tools",
};

const INSTALLERS: Record<Distribution, (name: string) => string> = {
  debian: (name) => `sudo apt install ${name}`,
  fedora: (name) => `sudo dnf install ${name}`,
  suse: (name) => `sudo zypper install ${name}`,
  arch: (name) => `sudo pacman -S ${name}`,
  alpine: (name) => `sudo apk add ${name}`,
  nix: (name) => `add pkgs.${name} to environment.systemPackages`,
  unknown: (name) => `install the package ${name}, into a directory of root's`,
};

/** What installs one of the tools that pale runs. */
export function nameInstallation(tool: string, distribution: Distribution): string {
  const special = tool === "notify-send" ? NOTIFY_PACKAGES[distribution] : undefined;
  return INSTALLERS[distribution](special ?? PACKAGES[tool] ?? tool);
}
