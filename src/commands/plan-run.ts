import { UserError } from "../errors.ts";
import { listPlaces } from "../config/load.ts";
import type { ConfigurationChoice } from "../config/load.ts";
import { readProjectLayer } from "../config/project-layer.ts";
import { resolvePolicy } from "../config/resolve.ts";
import type { PolicyRequest } from "../config/resolve.ts";
import type { Directories } from "../host/directories.ts";
import { readFacts, readProject } from "../host/facts.ts";
import type { Question } from "../host/facts.ts";
import { followToPlace } from "../host/links.ts";
import { readMount } from "../host/mounts.ts";
import type { Search } from "../host/search.ts";
import type { HostFacts, MountFact, ProjectFacts } from "../plan/facts.ts";
import { makePlan } from "../plan/make-plan.ts";
import { isGated } from "../policy.ts";
import type { Configuration, Layer, Policy } from "../policy.ts";
import type { Plan } from "../plan/plan.ts";
import { guardTrusted } from "../plan/trusted.ts";
import type { PolicySource } from "../supervise/settings.ts";
import { loadForRun, widen } from "./configuration-source.ts";
import type { Loaded } from "./configuration-source.ts";
import type { Invocation } from "./invocation.ts";
import { makeSearch } from "./invocation.ts";
import { listNamedRoots } from "../launch/named-roots.ts";
import { listOwnRoots } from "../plan/authorities.ts";
import { listWritable } from "../plan/writable.ts";
import type { RunRequest } from "./run-request.ts";

/** A plan, what it was made from, and where its policy came from. */
export type PlannedRun = {
  plan: Plan;
  policy: Policy;
  facts: HostFacts;
  source: PolicySource;
  loaded: Loaded;
};

/** A request with all that is needed to resolve its policy. */
export type RunQuestion = {
  choice: ConfigurationChoice;
  configuration: Configuration;
  loaded: Loaded;
  search: Search;
  project: ProjectFacts;
  request: PolicyRequest;
};

/**
 * Read the configuration and find the project.
 *
 * @throws UserError, UserErrors for a configuration or a project that cannot be used
 */
export async function readQuestion(
  invocation: Invocation,
  request: RunRequest,
  directories: Directories,
): Promise<RunQuestion> {
  const choice = chooseConfiguration(request, directories);
  const { cache } = directories;
  const found = await loadForRun(request, choice, cache);
  const search = makeSearch(invocation, directories);
  const project = readProject(request.project, { search, directories });
  const asked = {
    profile: request.profile,
    command: nameCommand(request),
    layer: request.layer,
    home: directories.home,
    project: project.root,
    environment: invocation.environment,
  };
  const projectFile = request.projectFile
    ? await readProjectLayer(found.configuration, asked, directories)
    : undefined;
  const layers = [request.layer, ...(projectFile ? [projectFile] : [])];
  const loaded = await widen(found, layers, cache);
  const { configuration } = loaded;
  return { choice, configuration, loaded, search, project, request: { ...asked, projectFile } };
}

/**
 * Read the configuration and the host, and decide what a launch does.
 *
 * @throws UserError when the request cannot be met
 */
export async function planRun(
  invocation: Invocation,
  request: RunRequest & { isNested?: boolean },
  directories: Directories,
): Promise<PlannedRun> {
  const { environment, architecture, ids } = invocation;
  const asked = await readQuestion(invocation, request, directories);
  const { choice, search, project } = asked;
  const policy = resolvePolicy(asked.configuration, asked.request);
  const commandLine = request.command.length > 0 ? request.command : policy.command;
  const command = request.program ?? commandLine[0];
  if (command === undefined) throw noCommand();
  const question = { policy, command, environment, directories, search, project };
  const { isNested = false } = request;
  const known = readFacts({ ...question, architecture, ids, isNested });
  const listed = policy.registries.length > 0 ? await addRegistries(known, question) : known;
  const facts = await addSshAgent(await addCredentials(listed, question), question);
  const words = addArguments(commandLine, policy);
  const plan = makePlan(policy, facts, { commandLine: words, learn: request.learn });
  const sources = facts.registries.flatMap((registry) => registry.sources);
  const trusted = [invocation.executable, ...listPlaces(choice), ...sources];
  guardTrusted(plan.mounts, findTrusted(trusted));
  const { environment: _, ...kept } = keepRules(asked.request);
  const source = { choice, cache: directories.cache, request: kept };
  return { plan, policy, facts, source, loaded: asked.loaded };
}

function addArguments([name = "", ...rest]: readonly string[], policy: Policy): string[] {
  const own = Object.hasOwn(policy.arguments, name) ? policy.arguments[name] : undefined;
  return [name, ...(own ?? []), ...rest];
}

/** Registries as the user's own configuration names them, and the files for the tools inside. */
async function addRegistries(
  facts: HostFacts,
  { policy, environment, directories, search }: Omit<Question, "architecture" | "ids" | "isNested">,
): Promise<HostFacts> {
  const { readRegistries } = await import("../host/registries.ts");
  const { home } = directories;
  const asked = { home, environment, search, writable: listWritable(facts), etc: "/etc" };
  const registries = await readRegistries(policy.registries, asked);
  const files = registries.flatMap((registry) => registry.files).map(readRegistryFile);
  return { ...facts, registries, mounts: [...facts.mounts, ...files] };
}

/** The log-ins that stay outside, and whom to believe inside where connections of the sandbox end outside. */
async function addCredentials(
  facts: HostFacts,
  { policy, environment, directories }: Pick<Question, "policy" | "environment" | "directories">,
): Promise<HostFacts> {
  if (policy.proxies.length === 0 && policy.logins.length === 0) return facts;
  const { readAuthorities } = await import("../certificates/bundle.ts");
  const named = listNamedRoots(environment, listWritable(facts));
  const own = listOwnRoots(policy, facts);
  const javaHome = environment["JAVA_HOME"];
  const { state } = directories;
  const { readLogins } = await import("../host/logins.ts");
  return {
    ...facts,
    authorities: readAuthorities({ state, named, own, javaHome }),
    logins: readLogins(policy.logins, { directories, environment }),
  };
}

/** The keys of the user's agent that the policy names. */
async function addSshAgent(
  facts: HostFacts,
  { policy, environment, directories }: Pick<Question, "policy" | "environment" | "directories">,
): Promise<HostFacts> {
  if (policy.sshKeys.length === 0 || !isGated(policy.network)) return facts;
  const { readSshAgent } = await import("../launch/ssh-agent.ts");
  const asked = { environment, home: directories.home, writable: listWritable(facts) };
  return { ...facts, sshAgent: await readSshAgent(policy, asked) };
}

function readRegistryFile(path: string): MountFact {
  return readMount({
    host: path,
    sandbox: undefined,
    access: "ro",
    missing: "skip",
    variable: undefined,
    seeds: [],
    protect: [],
    origin: "the configuration of a package registry",
  });
}

/** What is needed to find out which hosts are allowed; no values of variables. */
function keepRules({ layer, projectFile, ...request }: PolicyRequest): PolicyRequest {
  return { ...request, layer: strip(layer), projectFile: projectFile && strip(projectFile) };
}

function strip(layer: Layer): Layer {
  return { ...layer, mounts: [], variables: [], pathAdd: [] };
}

/** The files past all links, and the links themselves. */
function findTrusted(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const { links, real } = followToPlace(file);
    return [...links.map(({ path }) => path), real];
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
  return new UserError("no command to run", { hint: "pale run [OPTIONS] [--] CMD [ARGS...]" });
}
