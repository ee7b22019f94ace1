import { constants } from "node:fs";
import type { SystemEntry } from "../plan/facts.ts";
import { followLinks } from "./links.ts";
import { isPermitted, readStatus } from "./status.ts";
import { readEntries } from "./system.ts";

/**
 * The part of /etc that programs need to find libraries, certificates, names, locales and
 * defaults; the plan makes passwd and group. Left out on purpose: everything with secrets
 * (shadow, ssh, sudoers, NetworkManager, wireguard, nix.conf ...), machine-id, and what only
 * services read.
 */
const NAMES = new Set(
  `alternatives bash.bashrc bash_completion.d bashrc ca-certificates ca-certificates.conf
  crypto-policies debian_version default-jdk fish fonts gai.conf gitattributes gitconfig
  host.conf hosts inputrc issue java javascript ld.so.cache ld.so.conf ld.so.conf.d locale.alias
  locale.conf localtime login.defs lsb-release magic magic.mime mailcap man_db.conf
  manpath.config maven mime.types nanorc networks nsswitch.conf os-release perl pki profile
  profile.d profiles protocols resolv.conf rpc selinux services set-environment shells ssl static
  system-release terminfo timezone vim wgetrc xattr.conf xdg zoneinfo zprofile zsh zshenv
  zshrc`.split(/\s+/u),
);

const PATTERNS = [/^java-/u, /^jvm/u, /^python/u, /^php/u, /^ruby/u, /^ld-musl-/u, /-release$/u];

/** What there is of it; `small` is what a launch may copy. */
export function readEtc(): SystemEntry[] {
  const isKept = isKeptByRoot("/etc");
  return readEntries("/etc", isWanted).map((entry) =>
    entry.kind === "file" && isKept && isSmall(entry.path) ? { ...entry, small: true } : entry,
  );
}

/** Of a file that is copied. */
export const MOST_BYTES = 131_072;

function isSmall(path: string): boolean {
  const status = readStatus(path);
  return status !== undefined && status.size <= MOST_BYTES && isPermitted(path, constants.R_OK);
}

/** Then what is opened at launch is what was looked at. */
function isKeptByRoot(directory: string): boolean {
  const status = readStatus(directory);
  return status !== undefined && status.uid === 0 && (status.mode & 0o022) === 0;
}

/** Private keys below directories that are shown for the certificates in them. */
const SECRETS = ["/etc/ssl/private", "/etc/pki/tls/private", "/etc/pki/private"];

/** Those that exist under their own name, so that something can be mounted over them. */
export function readEtcSecrets(): string[] {
  return SECRETS.filter((path) => followLinks(path)?.real === path);
}

function isWanted(name: string): boolean {
  return NAMES.has(name) || PATTERNS.some((pattern) => pattern.test(name));
}
