import { dirname } from "node:path";
import { quoteForShell } from "../terminal.ts";

export type Places = { init: string; profile: string };

/** How AppArmor takes profiles; `undefined` where it is not installed. */
export type Parser = string | undefined;

/** Where root's copy of the init program and the profile are made, for root's `sh`. */
export const PROFILE = "/etc/apparmor.d/pale";

/**
 * One script, so that a password is asked for once and what is shown is what runs. The init
 * program comes as standard input: a file of the user's could be changed in between. It is
 * replaced, not written over, since sandboxes run from it.
 */
export function renderInstallation(
  { init, profile }: Places,
  text: string,
  parser: string,
): string {
  const [fresh, kept, rules] = [`${init}.new`, init, profile].map(quoteForShell);
  return [
    ...HEAD,
    `mkdir -p ${quoteForShell(dirname(init))}`,
    `rm -f ${fresh}`,
    `cat >${fresh}    # standard input: the init program of this build`,
    `chmod 755 ${fresh}`,
    `mv -fT ${fresh} ${kept}`,
    `cat >${rules} <<'END'`,
    `${text}END`,
    `${quoteForShell(parser)} --replace ${rules}`,
    "",
  ].join("\n");
}

/** The kernel forgets first: without its file a profile cannot be named. */
export function renderRemoval({ init, profile }: Places, parser: Parser): string {
  const [kept, rules] = [init, profile].map(quoteForShell);
  const forget = `[ ! -f ${rules} ] || ${quoteForShell(parser ?? "")} --remove ${rules}`;
  return [
    ...HEAD,
    ...(parser === undefined ? [] : [forget]),
    `rm -f ${rules} ${kept}`,
    `rmdir ${quoteForShell(dirname(init))} || true`,
    "",
  ].join("\n");
}

/** What `sudo` leaves of the caller's PATH is not root's. */
const HEAD = ["set -eu", "umask 022", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"];
