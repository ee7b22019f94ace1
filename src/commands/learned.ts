import { UserError } from "../errors.ts";
import { type Directories, findDirectories } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import { findProject } from "../host/project.ts";
import { NO_PROFILE } from "../log/entry.ts";
import { readLog } from "../log/follow.ts";
import { collectLearned, type Learned, renderLearned } from "../log/learned.ts";
import { logFile } from "../log/path.ts";
import { escapeUntrusted } from "../terminal.ts";
import { describeSaved } from "./allow.ts";
import type { Invocation } from "./invocation.ts";
import { saveRules } from "./save-rules.ts";

export type LearnedOptions = {
  /** Without it, every profile in the project that the caller is in. */
  profile?: string;
  /** Into the configuration, in place of printing. */
  save?: boolean;
};

/**
 * `pale learned`: the hosts that the last session with `--learn` reached and that the policy does
 * not allow, as a part of a configuration file.
 *
 * @throws UserError when there was no such session, and whatever `saveRules` throws
 */
export async function printLearned(invocation: Invocation, options: LearnedOptions): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const sessions = findLearned(invocation, directories, options);
  if (!options.save) {
    const fragments = sessions.map((session) => renderLearned(session, { colour: false }));
    return invocation.print(fragments.join("\n"));
  }
  for (const session of sessions) invocation.print(await saveSession(directories, session));
}

function findLearned(
  { workingDirectory }: Invocation,
  directories: Directories,
  { profile }: LearnedOptions,
): Learned[] {
  const home = followLinks(directories.home)?.real ?? directories.home;
  const { root } = findProject(workingDirectory, home);
  const entries = readLog(logFile(directories)).filter((entry) => {
    return profile === undefined ? entry.project === root : entry.profile === profile;
  });
  const learned = collectLearned(entries);
  if (learned.length > 0) return learned;
  const whose = profile === undefined ? `in \`${root}\`` : `with the profile \`${profile}\``;
  throw new UserError(`no session ${whose} was there to learn`, { hint: "pale run --learn CMD" });
}

async function saveSession(directories: Directories, learned: Learned): Promise<string> {
  const { profile, rules } = learned;
  if (rules.length === 0) return `${escapeUntrusted(profile)}: nothing would have been refused\n`;
  const saved = await saveRules(directories, {
    list: "allow",
    rules: rules.map(({ rule }) => rule),
    scope: profile === NO_PROFILE ? { kind: "everywhere" } : { kind: "profile", name: profile },
  });
  return describeSaved("allow", saved, directories.home);
}
