import { X509Certificate } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode, UserError } from "../errors.ts";
import { quoteForShell } from "../terminal.ts";
import { makeAuthority } from "./certificate.ts";
import type { KeyAndCertificate } from "./certificate.ts";

/** The user's own authority: believed inside of this user's sandboxes, and by nothing else. */
export type Authority = KeyAndCertificate & { name: string };

const NAME = "pale, inside of sandboxes only";
const DAY = 86_400_000;
const LIFETIME = 3650 * DAY;
/** So that it never ends while a sandbox runs. */
const LEAST_LEFT = 60 * DAY;

/** Where it is; in no sandbox's reach, because pale's own state is in none. */
export function locateAuthority(state: string): string {
  return join(state, "authority.pem");
}

/**
 * Read the user's authority, and make it where there is none, or where it soon ends.
 *
 * @param state pale's directory for state
 * @throws UserError when the file could be read by others, or is something else
 */
export function loadAuthority(state: string, now: number): Authority {
  const file = locateAuthority(state);
  const known = readAuthority(file);
  if (known && endsAt(known) - now > LEAST_LEFT) return known;
  if (known) rmSync(file, { force: true });
  const validity = { from: new Date(now - DAY), until: new Date(now + LIFETIME) };
  keepAuthority(file, state, makeAuthority(NAME, validity));
  // Another launch may have been faster: what is there now counts for both.
  return readAuthority(file) ?? broken(file);
}

function readAuthority(file: string): Authority | undefined {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status) return undefined;
  if (status.uid !== process.getuid?.() || (status.mode & 0o077) !== 0) throw readable(file);
  const text = readFileSync(file, "utf8");
  const [key, certificate] = ["PRIVATE KEY", "CERTIFICATE"].map((label) => findPem(text, label));
  if (key === undefined || certificate === undefined) return broken(file);
  return { name: NAME, key, certificate };
}

function findPem(text: string, label: string): string | undefined {
  return new RegExp(`-----BEGIN ${label}-----\n[^-]+-----END ${label}-----\n`, "u").exec(text)?.[0];
}

function keepAuthority(file: string, state: string, made: KeyAndCertificate): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${made.key}${made.certificate}`, { mode: 0o600 });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(temporary);
  }
}

function endsAt({ certificate }: Authority): number {
  return new Date(new X509Certificate(certificate).validTo).getTime();
}

function readable(file: string): UserError {
  return new UserError("the key that certifies hosts inside could be read by others", {
    origin: file,
    hint: `if it was, remove it, and it is made anew: rm ${quoteForShell(file)}`,
  });
}

function broken(file: string): never {
  throw new UserError("the key that certifies hosts inside cannot be read", {
    origin: file,
    hint: `remove it, and it is made anew: rm ${quoteForShell(file)}`,
  });
}
