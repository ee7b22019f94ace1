import { escapeUntrusted } from "../terminal.ts";
import type { Purpose } from "./purpose.ts";

/** @param server fingerprint of the server's key, when it is known */
export function describePurpose(purpose: Purpose, server: string | undefined): string {
  if (purpose.kind === "file") {
    const what = purpose.namespace === "git" ? "a commit or tag of git's" : "a file";
    return `sign ${what} (${purpose.namespace})`;
  }
  const where = server === undefined ? "an unnamed server" : `the server ${server}`;
  return `log in as ${purpose.user} at ${where}`;
}

type Asked = { key: { fingerprint: string; comment: string }; purpose: string };

type Whose = { profile: string; project: string };

/** For the user's screen: whoever asks has chosen some of the words. */
export function describeQuestion({ key, purpose }: Asked, { profile, project }: Whose): string {
  return [
    `May ${show(profile)} in ${show(project)} use your ssh key "${show(key.comment)}"`,
    `to ${show(purpose)}?`,
    "",
    key.fingerprint,
  ].join("\n");
}

const MOST_SHOWN = 200;

/** Programs that ask take some characters for markup. */
function show(text: string): string {
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
  return escapeUntrusted(shown).replaceAll(/[<>&]/gu, "?");
}
