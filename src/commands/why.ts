import { existsSync } from "node:fs";
import { mergeLayers } from "../config/merge.ts";
import { resolveLayer } from "../config/resolve.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import type { Plan } from "../plan/plan.ts";
import type { Layer } from "../policy.ts";
import { type Answer, describeAnswer } from "./answer.ts";
import type { Invocation } from "./invocation.ts";
import { renderJson } from "./json-text.ts";
import { expandPath } from "./option-values.ts";
import { planRun, readQuestion } from "./plan-run.ts";
import type { PlannedRun } from "./plan-run.ts";
import type { RunRequest } from "./run-request.ts";
import { readAbout } from "./show.ts";
import type { ShowOptions } from "./show.ts";
import { explainHost, readHostQuestion } from "./why-host.ts";
import { explainPath } from "./why-path.ts";
import { explainVariable, readVariableName } from "./why-variable.ts";

export type WhyOptions = ShowOptions & { path?: boolean; host?: boolean; var?: boolean };

/** The run that the question is about, as it would be, and every setting with its origin. */
export type Known = PlannedRun & {
  layer: Layer;
  home: string;
  /** The same run with settings over those of the command line. */
  replan: (stronger: Layer) => Promise<Plan>;
};

/**
 * `pale why`: would a run with these options let a path, a host or a variable through, by which
 * line, and what would change that. Answers from the plan of that run; starts and makes nothing.
 *
 * @throws UserError, UserErrors for a word that is none of the three, and for a run that pale
 *   would refuse
 */
export async function explainWhy(
  invocation: Invocation,
  word: string,
  options: WhyOptions,
): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const kind = chooseKind(invocation, word, options);
  const known = await planAbout(invocation, directories, options);
  const answer = await explain(word, { kind, known, invocation });
  invocation.print(options.json ? renderJson(answer) : describeAnswer(answer, directories.home));
}

type Kind = Answer["kind"];

/** What is on the disk is a path, what is in capitals a variable, all else a host. */
function chooseKind(
  { workingDirectory, environment }: Invocation,
  word: string,
  { path, host, var: variable }: WhyOptions,
): Kind {
  const said = [path && "path", host && "host", variable && "variable"].filter(Boolean) as Kind[];
  const [only, second] = said;
  if (second !== undefined) {
    throw new UserError("`--path`, `--host` and `--var` do not go together", { hint: "say one" });
  }
  if (only !== undefined) return only;
  if (/^[/~.]/u.test(word)) return "path";
  const place = { workingDirectory, home: environment["HOME"] ?? "/" };
  if (existsSync(expandPath(word, place))) return "path";
  return /^(?:\$|[A-Z_][A-Z0-9_]*$)/u.test(word) ? "variable" : "host";
}

async function planAbout(
  invocation: Invocation,
  directories: Directories,
  options: WhyOptions,
): Promise<Known> {
  const asked = readAbout(invocation, directories, options);
  const question = await readQuestion(invocation, asked, directories);
  const { layer } = resolveLayer(question.configuration, question.request);
  // The profile is chosen by what was asked, not by the shell that stands in for a command.
  const hasCommand = asked.command.length > 0 || layer.command !== undefined;
  const request: RunRequest = hasCommand ? asked : { ...asked, command: ["/bin/sh"] };
  const planned = await planRun(invocation, request, directories);
  const replan = async (stronger: Layer) => {
    const changed = { ...request, layer: mergeLayers(request.layer, stronger) };
    return (await planRun(invocation, changed, directories)).plan;
  };
  return { ...planned, layer, home: directories.home, replan };
}

type Question = { kind: Kind; known: Known; invocation: Invocation };

async function explain(word: string, { kind, known, invocation }: Question): Promise<Answer> {
  const { workingDirectory } = invocation;
  switch (kind) {
    case "path":
      if (word.includes("\0")) throw notA("path", word);
      return explainPath(expandPath(word, { workingDirectory, home: known.home }), known);
    case "host": {
      const asked = readHostQuestion(word);
      if (!asked) throw notA("host", word);
      return explainHost(asked, known);
    }
    case "variable": {
      const name = readVariableName(word);
      if (name === undefined) throw notA("variable", word);
      return explainVariable(name, known);
    }
  }
}

function notA(kind: Kind, word: string): UserError {
  const forms = { path: "/PATH, ~/PATH or ./PATH", host: "HOST or HOST:PORT", variable: "$NAME" };
  return new UserError(`\`${word}\` cannot be a ${kind}`, { hint: forms[kind] });
}
