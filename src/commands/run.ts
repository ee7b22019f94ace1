import { EXIT, UserError } from "../errors.ts";
import { listFiles, loadConfiguration } from "../config/load.ts";
import type { ConfigurationChoice } from "../config/load.ts";
import { resolvePolicy } from "../config/resolve.ts";
import type { Directories } from "../host/directories.ts";
import { findDirectories } from "../host/directories.ts";
import { readFacts } from "../host/facts.ts";
import { followLinks } from "../host/links.ts";
import { describePlan, describePlanAsData } from "../plan/describe.ts";
import { locateFiles } from "../launch/files.ts";
import { launch } from "../launch/launch.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { guardTrusted } from "../plan/trusted.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";
import { describeRunOptions, parseRunArguments } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import { readRunRequest } from "./run-request.ts";

/**
 * `pale run`: read the request, the configuration and the host, make the plan, then
 * print or perform it. The launch path: nothing that only other commands need is
 * loaded from here.
 */
export async function run(invocation: Invocation, argv: readonly string[]): Promise<void> {
  const directories = findDirectories(invocation.environment);
  const place = { workingDirectory: invocation.workingDirectory, home: directories.home };
  const request = readRunRequest(parseRunArguments(argv), place);
  if (request.action === "help") return invocation.print(describeRunOptions());
  const plan = await planRun(invocation, request, directories);
  if (request.action === "run") return launch(plan, directories.cache);
  const files = await locateFiles(plan, directories.cache);
  return invocation.print(
    request.action === "print"
      ? describePlan(plan, files)
      : `${JSON.stringify(describePlanAsData(plan, files), undefined, 2)}\n`,
  );
}

async function planRun(
  invocation: Invocation,
  request: RunRequest,
  directories: Directories,
): Promise<Plan> {
  const { environment, architecture, ids } = invocation;
  const choice = chooseConfiguration(request, directories);
  const configuration = await loadConfiguration(choice, directories.cache);
  const policy = resolvePolicy(configuration, {
    profile: request.profile,
    command: nameCommand(request),
    layer: request.layer,
    home: directories.home,
    environment,
  });
  const commandLine = request.command.length > 0 ? request.command : policy.command;
  const [command] = commandLine;
  if (command === undefined) throw noCommand();
  const search = makeSearch(invocation, directories);
  const { project } = request;
  const question = {
    policy,
    command,
    environment,
    directories,
    search,
    project,
    architecture,
    ids,
  };
  const plan = makePlan(policy, readFacts(question), commandLine);
  guardTrusted(plan.mounts, findTrusted([invocation.executable, ...listFiles(choice)]));
  return plan;
}

/** The files past all links, and the links themselves. */
function findTrusted(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const followed = followLinks(file);
    return followed ? [...followed.links.map(({ path }) => path), followed.real] : [];
  });
}

/** A path names a file, not a command: `./claude` may be anything, and gets no profile for its name. */
function nameCommand({ command: [first] }: RunRequest): string | undefined {
  return first?.includes("/") ? undefined : first;
}

function chooseConfiguration(
  { config }: RunRequest,
  directories: Directories,
): ConfigurationChoice {
  return config.kind === "user" ? { kind: "user", directory: directories.config } : config;
}

function noCommand(): UserError {
  return new UserError("no command to run", {
    hint: "pale run [OPTIONS] [--] CMD [ARGS...]",
    exitCode: EXIT.failure,
  });
}
