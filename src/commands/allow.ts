import { nameTable } from "../config/toml-words.ts";
import type { RuleScope } from "../config/rule-scope.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { readHome } from "../host/home.ts";
import { readIdentity } from "../host/identity.ts";
import { guardProject } from "../plan/project.ts";
import { readProject } from "../host/facts.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";
import { saveRules } from "./save-rules.ts";
import type { RulesToSave, SavedRule, SavedRules } from "./save-rules.ts";

export type ScopeOptions = { profile?: string; project?: boolean };

/**
 * `pale allow`, `pale deny`: add rules to the user's configuration, for every profile, for one
 * (`--profile`) or for the project that the caller is in (`--project`), and say where they are.
 *
 * @throws UserError, UserErrors as `saveRules` does
 */
export async function changeRules(
  invocation: Invocation,
  list: "allow" | "deny",
  { hosts, ...options }: { hosts: readonly string[] } & ScopeOptions,
): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const scope = readScope(invocation, directories, options);
  const saved = await saveRules(directories, { list, rules: hosts, scope });
  invocation.print(describeSaved(list, saved, directories.home));
}

function readScope(
  invocation: Invocation,
  directories: Directories,
  { profile, project = false }: ScopeOptions,
): RuleScope {
  if (profile !== undefined && project) {
    throw new UserError("`--profile` and `--project` do not go together", {
      hint: "give the rule to one of them, then to the other",
    });
  }
  if (profile !== undefined) return { kind: "profile", name: profile };
  if (!project) return { kind: "everywhere" };
  const search = makeSearch(invocation, directories);
  const { root } = readProject(undefined, { search, directories });
  guardProject(root, readHome(directories, readIdentity(invocation.ids, invocation.environment)));
  return { kind: "project", root };
}

/** One line for every rule, and one more below a rule that a deny rule beats. */
export function describeSaved(
  list: RulesToSave["list"],
  { table, rules }: SavedRules,
  home: string,
): string {
  const scope = table.length === 0 ? "every profile" : nameTable(table);
  const at = (origin: string) =>
    origin.startsWith(`${home}/`) ? `~${origin.slice(home.length)}` : origin;
  const lines = rules.flatMap(({ kind, rule, origin, overruledBy }: SavedRule) => [
    kind === "added"
      ? `added ${rule} to ${list} in ${at(origin)} (${scope})`
      : `${rule} is in ${list} already, in ${at(origin)} (${scope})`,
    ...(overruledBy === undefined
      ? []
      : [`  but a deny rule beats it: ${overruledBy.value} in ${at(overruledBy.origin)}`]),
  ]);
  return lines.map((line) => `${escapeUntrusted(line)}\n`).join("");
}
