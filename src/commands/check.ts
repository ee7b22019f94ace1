import { join } from "node:path";
import { BUILTIN_PROFILES } from "../config/builtin.ts";
import { findDeadRules, findUnusedKeys, listCombinations } from "../config/check-layers.ts";
import type { Combination } from "../config/check-layers.ts";
import { findMissingMounts, findMissingProjects } from "../config/check-paths.ts";
import {
  findMissingSecrets,
  findReplacedVariables,
  findUnusedSecrets,
  listWantedSecrets,
} from "../config/check-secrets.ts";
import { compileConfiguration } from "../config/compile.ts";
import { compileProjectFile } from "../config/compile-project.ts";
import { listFiles, readSource } from "../config/load.ts";
import { readSecretsFile } from "../config/secrets-file.ts";
import type { SourceText } from "../config/validate.ts";
import { UserError, UserErrors } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import { readStatus } from "../host/status.ts";
import { findProject } from "../host/project.ts";
import { readProjectFile } from "../host/project-file.ts";
import type { Configuration } from "../policy.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Invocation } from "./invocation.ts";
import { renderJson } from "./json-text.ts";

type Report = { files: string[]; profiles: string[]; problems: UserError[]; warnings: UserError[] };

/**
 * `pale check`: everything that is wrong with the user's configuration, in one go. Starts nothing.
 *
 * @throws UserErrors with every problem; warnings are printed
 */
export async function checkConfiguration(
  invocation: Invocation,
  { json = false }: { json?: boolean },
): Promise<void> {
  const report = examine(invocation);
  const { problems, warnings } = report;
  if (json) {
    invocation.print(renderJson(describeAsData(report)));
    // The problems have been printed; what is left is the exit code.
    if (problems.length > 0) throw new UserErrors([]);
    return;
  }
  if (warnings.length > 0) invocation.print(warnings.map(describeWarning).join(""));
  if (problems.length > 0) throw new UserErrors(problems);
  invocation.print(summarise(report));
}

function examine({ environment, workingDirectory }: Invocation): Report {
  const { config, home } = findDirectories(environment);
  const empty: Report = { files: [], profiles: [], problems: [], warnings: [] };
  const read = attempt(() => listFiles({ kind: "user", directory: config }));
  if (!read.ok) return { ...empty, problems: [...read.problems] };
  const sources = read.value.map((path) => attempt(() => readSource(path)));
  const unreadable = sources.flatMap((source) => (source.ok ? [] : source.problems));
  const files = sources.flatMap((source) => (source.ok ? [source.value] : []));
  const compiled = attempt(() => compileConfiguration([...BUILTIN_PROFILES, ...files]));
  const names = { ...empty, files: read.value };
  if (!compiled.ok) return { ...names, problems: [...unreadable, ...compiled.problems] };
  const configuration = compiled.value;
  const surroundings = { home, environment };
  const own = examineProjectFile(workingDirectory, home);
  const combinations = listCombinations(configuration, home);
  const secrets = examineSecrets(join(config, "secrets.toml"), combinations);
  return {
    files: [...read.value, ...own.files],
    profiles: Object.keys(configuration.profiles),
    problems: [
      ...unreadable,
      ...findProblems({ configuration, combinations, files }, surroundings),
      ...own.problems,
      ...secrets.problems,
    ],
    warnings: [...findMissingProjects(files, configuration, surroundings), ...secrets.warnings],
  };
}

type Findings = { problems: readonly UserError[]; warnings: readonly UserError[] };

/** Reads where secrets come from, and none of them; the file need not be there. */
function examineSecrets(file: string, combinations: readonly Combination[]): Findings {
  const wanted = listWantedSecrets(combinations);
  const replaced = findReplacedVariables(combinations);
  if (wanted.length === 0 && !readStatus(file)) return { problems: [], warnings: replaced };
  const read = attempt(() => readSecretsFile(file));
  if (!read.ok) return { problems: read.problems, warnings: replaced };
  return {
    problems: findMissingSecrets(wanted, { file, sources: read.value }),
    warnings: [...findUnusedSecrets(wanted, read.value), ...replaced],
  };
}

/** The file of the project that the caller is in, when there is one: whether it can be read, not whether it is trusted. */
function examineProjectFile(
  workingDirectory: string,
  home: string,
): { files: string[]; problems: readonly UserError[] } {
  const { root } = findProject(workingDirectory, followLinks(home)?.real ?? home);
  const read = attempt(() => readProjectFile(root));
  if (!read.ok) return { files: [], problems: read.problems };
  const source = read.value;
  if (source === undefined) return { files: [], problems: [] };
  const compiled = attempt(() => compileProjectFile(source, root));
  return { files: [source.name], problems: compiled.ok ? [] : compiled.problems };
}

type Attempt<T> = { ok: true; value: T } | { ok: false; problems: readonly UserError[] };

function attempt<T>(act: () => T): Attempt<T> {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    if (error instanceof UserError) return { ok: false, problems: [error] };
    if (error instanceof UserErrors) return { ok: false, problems: error.errors };
    throw error;
  }
}

type Examined = {
  configuration: Configuration;
  combinations: readonly Combination[];
  files: readonly SourceText[];
};

/** In the order of the files and their lines; what is shipped with pale is not the user's to mend. */
function findProblems(
  { configuration, combinations, files }: Examined,
  surroundings: Parameters<typeof findMissingMounts>[2],
): UserError[] {
  const found = [
    ...findMissingMounts(configuration, files, surroundings),
    ...findDeadRules(combinations),
    ...findUnusedKeys(combinations),
  ];
  const names = files.map(({ name }) => name);
  const placed = found.flatMap((error) => {
    const [, name = "", line = ""] = /^(.*):(\d+)$/u.exec(error.origin ?? "") ?? [];
    return names.includes(name) ? [{ error, file: names.indexOf(name), line: Number(line) }] : [];
  });
  placed.sort((a, b) => a.file - b.file || a.line - b.line);
  return placed.map(({ error }) => error);
}

function summarise({ files, profiles, warnings }: Report): string {
  const verdict = warnings.length > 0 ? "nothing that stops a launch" : "all right";
  return `${count(files.length, "file")}, ${count(profiles.length, "profile")}: ${verdict}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function describeWarning({ message, origin, hint }: UserError): string {
  const lines = [`warning: ${message}`, ...(origin ? [`  at ${origin}`] : []), `  ${hint}`];
  return lines.map((line) => `${escapeUntrusted(line)}\n`).join("");
}

function describeAsData({ files, profiles, problems, warnings }: Report): object {
  return { files, profiles, problems: problems.map(show), warnings: warnings.map(show) };
}

function show({ message, origin, hint }: UserError): object {
  return { message, origin, hint };
}
