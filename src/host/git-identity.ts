import { dirname, join, resolve } from "node:path";
import type { GitSetting, HomeFacts, ProjectFacts } from "../plan/facts.ts";
import type { Environment } from "./directories.ts";
import { parseGitConfiguration } from "./git-config.ts";
import type { GitEntry } from "./git-config.ts";
import { readHead } from "./search.ts";

/**
 * Who commits in a project, as the user's git configuration says: the files that git calls
 * global, with what they include for this project. Git itself is not run.
 */
export function readGitIdentity(
  environment: Environment,
  home: Pick<HomeFacts, "path" | "real">,
  project: ProjectFacts,
): GitSetting[] {
  const gitDirectories = [join(project.root, ".git"), ...project.gitDirectories];
  const place = { home: home.real, gitDirectories, depth: 0 };
  const entries = listGlobalFiles(environment, home.path).flatMap((file) => readFile(file, place));
  return NAMES.flatMap((name) => {
    const [section, key] = name.toLowerCase().split(".");
    const isMeant = (entry: GitEntry) =>
      entry.section === section && entry.name === key && entry.subsection === undefined;
    const last = entries.findLast(isMeant);
    return last ? [{ name, value: last.value }] : [];
  });
}

/** Also how a new repository calls its branch: where that differs, the user is surprised. */
const NAMES = `user.name user.email user.useConfigOnly author.name author.email committer.name
  committer.email init.defaultBranch`.split(/\s+/u);

/** The weakest first, as git reads them. */
export function listGlobalFiles(environment: Environment, home: string): string[] {
  const chosen = environment["GIT_CONFIG_GLOBAL"];
  if (chosen !== undefined) return chosen.startsWith("/") ? [chosen] : [];
  const configuration = environment["XDG_CONFIG_HOME"] || join(home, ".config");
  return [join(configuration, "git/config"), join(home, ".gitconfig")];
}

type Place = { home: string; gitDirectories: readonly string[]; depth: number };

const MOST_BYTES = 262_144;

/** As deep as git goes. */
const MOST_INCLUDES = 10;

function readFile(file: string, place: Place): GitEntry[] {
  const entries = parseGitConfiguration(readHead(file, MOST_BYTES, "utf8"));
  return entries.flatMap((entry) => {
    if (!isInclude(entry, file, place)) return [entry];
    if (place.depth >= MOST_INCLUDES) return [];
    return readFile(expandPath(entry.value, file, place), { ...place, depth: place.depth + 1 });
  });
}

function isInclude(entry: GitEntry, file: string, place: Place): boolean {
  if (entry.name !== "path") return false;
  if (entry.section === "include") return true;
  return entry.section === "includeif" && isMet(entry.subsection ?? "", file, place);
}

/** Of the conditions only `gitdir` is known: the others depend on what an agent can write. */
function isMet(condition: string, file: string, place: Place): boolean {
  const [, flag, pattern] = /^gitdir(\/i)?:(.+)$/su.exec(condition) ?? [];
  if (pattern === undefined) return false;
  const expression = new RegExp(
    `^${renderGlob(expandPattern(pattern, file, place))}$`,
    flag && "i",
  );
  return place.gitDirectories.some((directory) => expression.test(directory));
}

function expandPattern(pattern: string, file: string, place: Place): string {
  const isFixed = /^(?:~?\/|\.\/)/u.test(pattern);
  const slash = pattern.endsWith("/") ? "/**" : "";
  if (!isFixed) return `**/${pattern}${slash && "**"}`;
  return `${expandPath(pattern, file, place)}${slash}`;
}

function expandPath(path: string, file: string, { home }: Place): string {
  return path.startsWith("~/") ? resolve(home, path.slice(2)) : resolve(dirname(file), path);
}

/** `**` between slashes stands for any number of directories. */
function renderGlob(glob: string): string {
  return glob
    .split(/(\/\*\*\/|^\*\*\/|\/\*\*$|\*|\?)/u)
    .map((part) => WILD.get(part) ?? part.replaceAll(/[\\^$.|+()[\]{}]/gu, String.raw`\$&`))
    .join("");
}

const WILD = new Map([
  ["/**/", "/(?:.*/)?"],
  ["**/", "(?:.*/)?"],
  ["/**", "/.*"],
  ["*", "[^/]*"],
  ["?", "[^/]"],
]);
