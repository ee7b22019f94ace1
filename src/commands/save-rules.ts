import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BUILTIN_PROFILES } from "../config/builtin.ts";
import { describeByHand } from "../config/by-hand.ts";
import { compileConfiguration } from "../config/compile.ts";
import { addToList } from "../config/edit.ts";
import { loadConfiguration, readSources } from "../config/load.ts";
import { findOverruling } from "../config/overruled.ts";
import type { ListName } from "../config/places.ts";
import type { RuleScope } from "../config/rule-scope.ts";
import { chooseSource, findTable, listDenied, readLayer } from "../config/rule-scope.ts";
import type { SourceText } from "../config/validate.ts";
import { writeConfiguration } from "../config/write.ts";
import { UserError, UserErrors } from "../errors.ts";
import type { Directories } from "../host/directories.ts";
import type { Sourced } from "../policy.ts";
import type { HostRule } from "../proxy/host-rule.ts";
import { normalizeRule, parseHostRule } from "../proxy/host-rule.ts";
import { withLock } from "../shim/lock.ts";

export type RulesToSave = {
  list: "allow" | "deny";
  /** As somebody wrote them; see `parseHostRule`. */
  rules: readonly string[];
  scope: RuleScope;
};

/** One rule in its normal form, and the `file:line` where it stands now. */
export type SavedRule = {
  kind: "added" | "present";
  rule: string;
  origin: string;
  /** The deny rule that leaves nothing of it. */
  overruledBy: Sourced<string> | undefined;
};

/** `table` is the one that they stand in: `[]` at the top, `["profile", "claude"]`. */
export type SavedRules = { table: readonly string[]; rules: SavedRule[] };

/**
 * Add rules to the user's configuration: to the file that has the table of their scope, else
 * to `config.toml`. All of them or none, one process at a time, and only what the whole
 * configuration compiles with.
 *
 * @throws UserErrors for rules that are none and for a configuration that does not compile;
 *   UserError for an unknown profile and, saying what to add by hand, for a file that cannot
 *   be written or is written in a way that pale cannot edit
 */
export async function saveRules(
  directories: Directories,
  request: RulesToSave,
): Promise<SavedRules> {
  const rules = parseRules(request.rules);
  const { config, cache, state } = directories;
  // Says what is wrong with the files as they are, in the words of a launch.
  await loadConfiguration({ kind: "user", directory: config }, cache);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  return withLock(join(state, "configuration.lock"), () => save(directories, request, rules));
}

function parseRules(texts: readonly string[]): HostRule[] {
  const rules = new Map<string, HostRule>();
  const errors: UserError[] = [];
  for (const text of texts) {
    const rule = parseHostRule(text);
    if ("problem" in rule) errors.push(noRule(text, rule.problem));
    else rules.set(rule.text, rule);
  }
  if (errors.length > 0) throw new UserErrors(errors);
  return [...rules.values()];
}

function noRule(text: string, problem: string): UserError {
  return new UserError(`\`${text}\`: ${problem}`, {
    hint: "HOST, *.HOST, HOST:PORT or an address",
  });
}

function save(
  { config, home }: Directories,
  { list, scope }: RulesToSave,
  rules: readonly HostRule[],
): SavedRules {
  const sources = readSources({ kind: "user", directory: config });
  const before = compileConfiguration([...BUILTIN_PROFILES, ...sources]);
  const place = { table: findTable(before, scope, home), key: list };
  const present = readLayer(before, place.table)[list];
  const origins = new Map(present.map(({ value, origin }) => [normalizeRule(value), origin]));
  const missing = rules.map(({ text }) => text).filter((text) => !origins.has(text));
  const file = chooseFile(sources, place, config);
  const added = addAll(file, place, missing);
  const changed = sources.map((source) => (source.name === file.name ? added.source : source));
  const all = changed.includes(added.source) ? changed : [added.source, ...changed];
  const after = compileConfiguration([...BUILTIN_PROFILES, ...all]);
  if (missing.length > 0) write(file, added.source.text, { place, missing });
  const denied = list === "allow" ? listDenied(after, place.table) : [];
  return {
    table: place.table,
    rules: rules.map((rule) => ({
      kind: origins.has(rule.text) ? "present" : "added",
      rule: rule.text,
      origin: origins.get(rule.text) ?? `${file.name}:${added.lines.get(rule.text)}`,
      overruledBy: findOverruling(rule, denied),
    })),
  };
}

function chooseFile(sources: readonly SourceText[], place: ListName, config: string): SourceText {
  const main = join(config, "config.toml");
  const own = sources.filter(({ name }) => name.startsWith(`${config}/`));
  const found = chooseSource(own, place) ?? own.find(({ name }) => name === main);
  return found ?? { name: main, text: "" };
}

/** `lines`, by value: what comes after goes below, so they stay what they were when it was added. */
function addAll(file: SourceText, place: ListName, values: readonly string[]) {
  const lines = new Map<string, number>();
  let source = file;
  for (const value of values) {
    const { text, line } = addToList(source, place, value);
    source = { name: file.name, text };
    lines.set(value, line);
  }
  return { source, lines };
}

function write(
  file: SourceText,
  text: string,
  { place, missing }: { place: ListName; missing: readonly string[] },
): void {
  const written = writeConfiguration(file.name, text);
  if (written.kind === "written") return;
  const { line, advice } = describeByHand(file.text, place, missing);
  throw new UserError(`\`${file.name}\` cannot be written (${written.path}: ${written.reason})`, {
    origin: `${file.name}:${line}`,
    hint: advice,
  });
}
