import { nameArchitecture } from "../host/architecture.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { isInside } from "../host/inside.ts";
import { findRootInit } from "../host/root-init.ts";
import { assembleInit } from "../init/assemble.ts";
import { locateFiles } from "../launch/files.ts";
import type { PlannedFiles } from "../launch/files.ts";
import { launch } from "../launch/launch.ts";
import type { SupervisorStart } from "../launch/launch.ts";
import type { SecretQuestion } from "../launch/secret-values.ts";
import { readVariableSources } from "../launch/variable-sources.ts";
import { describePlan, describePlanAsData } from "../plan/describe.ts";
import type { Files } from "../plan/bwrap.ts";
import type { Plan, Variable } from "../plan/plan.ts";
import { listWritable } from "../plan/writable.ts";
import { renderSettings } from "../supervise/settings.ts";
import type { PlanReference } from "../shim/plan-reference.ts";
import { renderPlan } from "../shim/plan.ts";
import { describeSource } from "./configuration-source.ts";
import { escapeUntrusted } from "../terminal.ts";
import { makeSearch } from "./invocation.ts";
import type { Invocation } from "./invocation.ts";
import { planRun } from "./plan-run.ts";
import type { PlannedRun } from "./plan-run.ts";
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
  if (request.action === "help")
    return invocation.print(describeRunOptions(invocation.columns?.()));
  if (isInside(() => assembleInit(nameArchitecture(invocation.architecture)))) {
    const { runInside } = await import("./run-inside.ts");
    return runInside(invocation, request, directories);
  }
  const planned = await planRun(invocation, request, directories);
  const init = findRootInit(planned.plan.architecture);
  const own = { cache: directories.cache, executable: invocation.executable, init };
  const located = locateFiles(planned.plan, own);
  const { files } = located;
  const supervisor = planSupervisor(planned, { files, directories, invocation });
  if (request.action !== "run") {
    return print(invocation, request.action, { planned, files, supervisor });
  }
  return perform(invocation, { planned, request, directories, located, supervisor });
}

type Shown = { planned: PlannedRun; files: Files; supervisor: readonly Variable[] };

function print(
  { print: write }: Invocation,
  action: "print" | "print-json",
  { planned: { plan, loaded }, files, supervisor }: Shown,
): void {
  const configuration = describeSource(loaded.from);
  if (action === "print") {
    const line = configuration === undefined ? "" : `# ${escapeUntrusted(configuration)}\n`;
    return write(`${line}${describePlan(plan, files, supervisor)}`);
  }
  const data = { ...describePlanAsData(plan, files, supervisor), configuration };
  return write(`${JSON.stringify(data, undefined, 2)}\n`);
}

type Performance = Renewal & { located: PlannedFiles; supervisor: readonly Variable[] };

/** Read what only the launch itself may see, and become the sandbox. */
async function perform(
  invocation: Invocation,
  { planned, request, directories, located, supervisor }: Performance,
): Promise<never> {
  const { plan, facts, loaded } = planned;
  for (const { value } of plan.warnings) invocation.warn?.(value);
  if (loaded.from.kind === "stale") {
    await renew(loaded.from.plan, { planned, request, directories });
  }
  const { environment } = invocation;
  const search = makeSearch(invocation, directories);
  const asked = { environment, search, home: directories.home, writable: listWritable(facts) };
  const known = await readVariableSources(plan, asked);
  const start = await prepareStart(known, { ...asked, ...directories }, supervisor);
  return launch(start.plan, located, start.supervisor);
}

type Renewal = { planned: PlannedRun; request: RunRequest; directories: Directories };

/** The next launch has a plan that holds, where this one may write it. */
async function renew(
  plan: PlanReference,
  { planned: { loaded }, request, directories }: Renewal,
): Promise<void> {
  const { renewShim } = await import("../shim/renew.ts");
  const owner = { name: request.command[0] ?? "", profile: request.profile };
  renewShim(plan, renderPlan(owner, loaded), directories);
}

type Prepared = { plan: Plan; supervisor: SupervisorStart };

/** Secrets are read here, at the very end, and only where requests need some. */
async function prepareStart(
  plan: Plan,
  question: Omit<SecretQuestion, "mounts"> & { state: string },
  variables: readonly Variable[],
): Promise<Prepared> {
  const { proxies = [], logins = [] } = plan.gate ?? {};
  if (proxies.length === 0 && logins.length === 0) return { plan, supervisor: { variables } };
  const { prepareCredentials } = await import("../launch/credentials.ts");
  const prepared = await prepareCredentials(plan, { ...question, mounts: plan.mounts });
  return { plan: prepared.plan, supervisor: { variables, handover: prepared.handover } };
}

type Surroundings = { files: Files; directories: Directories; invocation: Invocation };

/** The variables that the supervisor is started with; none where there is no supervisor. */
function planSupervisor({ plan, source }: PlannedRun, surroundings: Surroundings): Variable[] {
  const { gate, profile, notice, clipboard, sshAgent } = plan;
  if (!gate) return [];
  const { files, directories, invocation } = surroundings;
  const settings = {
    gate,
    notice,
    clipboard,
    sshAgent,
    profile,
    project: source.request.project,
    state: directories.state,
    init: files.init,
    source,
  };
  return renderSettings(settings, invocation.environment);
}
