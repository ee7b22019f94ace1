import { explainPolicy } from "../config/explain.ts";
import { describePolicy, describePolicyAsData } from "../config/show-policy.ts";
import { UserError } from "../errors.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import type { Invocation } from "./invocation.ts";
import { renderJson } from "./json-text.ts";
import { readQuestion } from "./plan-run.ts";
import { parseRunArguments } from "./run-options.ts";
import { readRunRequest } from "./run-request.ts";
import type { RunRequest } from "./run-request.ts";

export type ShowOptions = { profile?: string; json?: boolean; runArguments: readonly string[] };

/**
 * `pale show`: the policy that `pale run` with the same options would have, each value with the
 * place that it comes from. Reads the configuration only; starts and makes nothing.
 *
 * @throws UserError, UserErrors as `pale run` does for a policy that cannot be resolved
 */
export async function showPolicy(invocation: Invocation, options: ShowOptions): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const request = readAbout(invocation, directories, options);
  const question = await readQuestion(invocation, request, directories);
  const policy = explainPolicy(question.configuration, question.request);
  return invocation.print(
    options.json
      ? renderJson(describePolicyAsData(policy))
      : describePolicy(policy, directories.home),
  );
}

/**
 * The run that a question is about: `--profile` or a name, and what follows `--` as `pale run`
 * would take it.
 *
 * @throws UserError for options that `pale run` does not take, and for two profiles
 */
export function readAbout(
  { workingDirectory }: Invocation,
  { home }: Directories,
  { profile, runArguments }: Omit<ShowOptions, "json">,
): RunRequest {
  const request = readRunRequest(parseRunArguments(runArguments), { workingDirectory, home });
  if (profile === undefined) return request;
  if (request.profile !== undefined && request.profile !== profile) {
    throw new UserError(`\`${profile}\` and \`${request.profile}\` are two profiles`, {
      origin: "--profile",
      hint: "ask about one of them, and name what it should build on: --uses NAME",
    });
  }
  return { ...request, profile };
}
