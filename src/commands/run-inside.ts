import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { BUILTIN_PROFILES } from "../config/builtin.ts";
import { UserError } from "../errors.ts";
import type { Directories } from "../host/directories.ts";
import { readMountTable } from "../host/mounts.ts";
import { findCommand } from "../host/search.ts";
import { listWritable } from "../plan/writable.ts";
import { findNamedPipes, refuseDirectories } from "../launch/descriptors.ts";
import { execute } from "../launch/execute.ts";
import { prepare } from "../launch/launch.ts";
import { readVariableSources } from "../launch/variable-sources.ts";
import { describeNested } from "../plan/describe-nested.ts";
import type { Nested } from "../plan/describe-nested.ts";
import { nestPlan, renderNested } from "../plan/nested.ts";
import type { NestedPlan, Surroundings } from "../plan/nested.ts";
import { planProxyVariables } from "../plan/network.ts";
import type { Plan } from "../plan/plan.ts";
import { assembleFilter } from "../seccomp/filter.ts";
import { INIT_INSIDE } from "../plan/system-mounts.ts";
import { makeSearch } from "./invocation.ts";
import type { Invocation } from "./invocation.ts";
import { planRun } from "./plan-run.ts";
import type { RunRequest } from "./run-request.ts";

/**
 * `pale run` in a sandbox of pale's. What somebody typed and a shim was found for runs as it is:
 * it is confined already. Everything else asks for a policy, and gets the intersection.
 */
export async function runInside(
  invocation: Invocation,
  request: RunRequest,
  directories: Directories,
): Promise<void> {
  return request.shim
    ? runAsItIs(invocation, request, directories)
    : runNested(invocation, request, directories);
}

async function runAsItIs(
  invocation: Invocation,
  { command, action, program }: RunRequest,
  directories: Directories,
): Promise<void> {
  const [name, ...rest] = command;
  if (name === undefined) throw new UserError("a shim names no command", { hint: "pale shims" });
  const path = findCommand(program ?? name, makeSearch(invocation, directories));
  const argv = [name, ...(await findArguments(name)), ...rest];
  if (action !== "run") return print(invocation, action, { path, argv, steps: [] });
  const { environment } = invocation;
  return execute({ path, argv, environment: dropMissing(environment), kept: findNamedPipes(argv) });
}

function print({ print: write }: Invocation, action: RunRequest["action"], nested: Nested): void {
  write(
    action === "print-json" ? `${JSON.stringify(nested, undefined, 2)}\n` : describeNested(nested),
  );
}

/** Those of the profiles that pale is shipped with: the user's own are not here, and nobody else's count. */
async function findArguments(name: string): Promise<string[]> {
  const { compileConfiguration } = await import("../config/compile.ts");
  const { profiles } = compileConfiguration(BUILTIN_PROFILES);
  const layer = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  return (layer?.arguments ?? []).map(({ value }) => value);
}

async function runNested(
  invocation: Invocation,
  request: RunRequest,
  directories: Directories,
): Promise<void> {
  const planned = await planRun(invocation, { ...request, isNested: true }, directories);
  refuseSockets(planned.policy.sockets);
  const { plan, facts } = planned;
  const nested = nestPlan(plan, readSurroundings());
  const { path, argv } = plan.command;
  const steps = renderNested(nested);
  if (request.action !== "run") return print(invocation, request.action, { path, argv, steps });
  refuseDirectories();
  for (const { value } of plan.warnings) invocation.warn?.(value);
  const search = makeSearch(invocation, directories);
  const writable = listWritable(facts);
  const { environment } = invocation;
  const asked = { environment, search, home: directories.home, writable };
  const ready = await readVariableSources(plan, asked);
  for (const preparation of plan.preparations) prepare(preparation);
  return become(ready, nested, invocation);
}

async function become(plan: Plan, nested: NestedPlan, invocation: Invocation): Promise<void> {
  const scratch = makeScratch(invocation);
  const own = { access: "write", path: scratch, why: "its own" } as const;
  const filter = writeFilter(plan, scratch);
  const steps = renderNested({ ...nested, rules: [...nested.rules, own] }, filter);
  const { path, argv } = plan.command;
  const words = steps.flatMap((step) => step.words);
  process.chdir(plan.workingDirectory);
  const values = plan.variables.map(({ name, value }) => [name, value] as const);
  const proxies = nested.internet ? keepProxies(invocation) : {};
  try {
    return await execute({
      path: INIT_INSIDE,
      argv: [INIT_INSIDE, ...words, path, ...argv],
      environment: { ...proxies, ...Object.fromEntries(values), TMPDIR: scratch },
      kept: findNamedPipes(argv),
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The scratch directories of the sandbox are everybody's in it. */
function makeScratch({ environment }: Invocation): string {
  const { TMPDIR = "" } = environment;
  return mkdtempSync(join(isAbsolute(TMPDIR) ? TMPDIR : "/tmp", "pale-"));
}

/** Those that lead out are refused by the sandbox around it in any case. */
function writeFilter({ architecture, seccomp }: Plan, scratch: string): string | undefined {
  if (seccomp.kind === "denylist") return undefined;
  const path = join(scratch, "filter");
  writeFileSync(path, assembleFilter(architecture, seccomp.kind), { mode: 0o600 });
  return path;
}

/** The way to the doors of the sandbox around it. */
function keepProxies({ environment }: Invocation): Record<string, string> {
  const names = Object.keys(planProxyVariables());
  const own = names.map((name) => [name, environment[name]]);
  return dropMissing(Object.fromEntries(own));
}

function dropMissing(environment: Invocation["environment"]): Record<string, string> {
  const known = Object.entries(environment).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined;
  });
  return Object.fromEntries(known);
}

function refuseSockets([first]: readonly { value: string; origin: string }[]): void {
  if (first === undefined) return;
  throw new UserError(`the socket \`${first.value}\` cannot be shown inside another sandbox`, {
    origin: first.origin,
    hint: "leave it out, or run it outside of the sandbox",
  });
}

function readSurroundings(): Surroundings {
  return { mounts: readMountTable(), isSame };
}

function isSame(a: string, b: string): boolean {
  return identify(a) !== undefined && identify(a) === identify(b);
}

function identify(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status && `${status.dev}:${status.ino}`;
}
