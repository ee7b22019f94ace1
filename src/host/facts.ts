import { release } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { HostFacts, PathEntry, ProjectFacts, ResourceFacts } from "../plan/facts.ts";
import type { Policy } from "../policy.ts";
import { nameArchitecture } from "./architecture.ts";
import { readBlacklist } from "./blacklist.ts";
import { readClipboard } from "./clipboard.ts";
import type { Directories, Environment } from "./directories.ts";
import { readCgroup } from "./cgroup.ts";
import { readEtc, readEtcSecrets } from "./etc.ts";
import { listGlobalFiles, readGitIdentity } from "./git-identity.ts";
import { readHome } from "./home.ts";
import { readHostname } from "./hostname.ts";
import { readIdentity } from "./identity.ts";
import { followLinks, followToPlace } from "./links.ts";
import { readMount } from "./mounts.ts";
import { readNotifier } from "./notifier.ts";
import { traceProgram } from "./program.ts";
import { findLinkOut, findProject } from "./project.ts";
import { readProtected } from "./protected.ts";
import { verifyTools } from "./sandbox-tools.ts";
import { listDirectories } from "./search.ts";
import type { Search } from "./search.ts";
import { findControlSockets, readSockets } from "./sockets.ts";
import { readStatus } from "./status.ts";
import { readSystem } from "./system.ts";
import { quoteForShell } from "../terminal.ts";

/** What the entry knows of the process and the request; nothing below reads it from the process. */
export type Question = {
  policy: Policy;
  command: string;
  environment: Environment;
  directories: Directories;
  search: Search;
  project: ProjectFacts;
  architecture: string;
  ids: { uid: number; gid: number };
  /** In a sandbox of pale's already, where no tool is needed, and none can be trusted. */
  isNested: boolean;
};

/**
 * Read everything the planner has to know. Its cost depends on the number of mounts
 * and PATH entries, never on the size of the project.
 *
 * @throws UserError when something that every sandbox needs is missing
 */
export function readFacts(question: Question): HostFacts {
  const { policy, directories, search, environment } = question;
  const identity = readIdentity(question.ids, environment);
  const home = readHome(directories, identity);
  checkCache(directories.cache, home.real);
  const mounts = policy.mounts.map(readMount);
  const asked = { environment, uid: identity.uid, home: home.path };
  const architecture = nameArchitecture(question.architecture);
  return {
    architecture,
    identity,
    home,
    state: followToPlace(directories.state).real,
    hostname: readHostname(),
    system: readSystem(),
    etc: readEtc(),
    etcSecrets: readEtcSecrets(),
    tools: question.isNested
      ? NO_TOOLS
      : verifyTools(join(directories.cache, "tools.json"), architecture),
    project: question.project,
    resources: readResources(policy),
    blacklist: policy.mode === "blacklist" ? readBlacklist(home, environment) : undefined,
    mounts,
    protected: readProtected(
      policy,
      { project: question.project, mounts, globalFiles: listGlobalFiles(environment, home.path) },
      home.path,
    ),
    program: traceProgram(question.command, search),
    path: [...policy.pathAdd, ...listDirectories(search)].flatMap(readPathEntry),
    environment,
    ...LATER,
    sockets: readSockets(policy.sockets, asked),
    controlSockets: findControlSockets(mounts, asked),
    gitIdentity: policy.gitIdentity ? readGitIdentity(environment, home, question.project) : [],
    notifier: readNotifier(policy, identity.uid),
    clipboard: readClipboard(policy, environment),
  };
}

/** Read only where the policy asks, and then with what is known of the rest. */
const LATER: Pick<HostFacts, "registries" | "logins" | "authorities" | "sshAgent"> = {
  registries: [],
  logins: [],
  authorities: undefined,
  sshAgent: undefined,
};

const NO_TOOLS = { bwrap: { path: "bwrap", fingerprint: "", version: "1" } };

/** What pale keeps there is run outside of any sandbox, and an agent of that project could write it. */
function checkCache(cache: string, home: string): void {
  const { real } = followToPlace(cache);
  const { root } = findProject(real, home);
  if (root === real) return;
  throw new UserError(`pale's cache \`${cache}\` lies in the project \`${root}\``, {
    origin: "XDG_CACHE_HOME",
    hint: "set it to a directory that no agent can write",
  });
}

function readResources({ limits }: Policy): ResourceFacts {
  const limitsMemory = limits.some(({ value }) => value.name === "memory");
  return { kernel: release(), cgroup: limitsMemory ? readCgroup() : undefined };
}

/**
 * @param project `--project`, made absolute; else it is found from the working directory
 * @throws UserError when there is none, or the way to it is not to be trusted
 */
export function readProject(
  project: string | undefined,
  { search, directories }: Pick<Question, "search" | "directories">,
): ProjectFacts {
  const home = followLinks(directories.home)?.real ?? directories.home;
  const start = findDirectory(project ?? search.workingDirectory);
  const found = project === undefined ? findProject(start, home) : findProject(start, start);
  checkWay(project ?? search.workingDirectory, found.root, home);
  const current = followLinks(search.workingDirectory)?.real ?? start;
  const isInside = current === found.root || current.startsWith(`${found.root}/`);
  return {
    ...found,
    workingDirectory: isInside ? current : found.root,
    links: followLinks(search.workingDirectory)?.links ?? [],
  };
}

function checkWay(path: string, root: string, home: string): void {
  const link = findLinkOut(followLinks(path)?.links ?? [], root, home);
  if (link === undefined) return;
  throw new UserError(`the way to the project leads out of another one, by a link`, {
    origin: `${link.path} -> ${link.target}`,
    hint: `an agent may have made it; if you trust it: cd ${quoteForShell(root)}`,
  });
}

function findDirectory(path: string): string {
  // What the runtime writes for a byte that is no UTF-8. Another directory may have that name.
  if (path.includes("\uFFFD")) {
    throw new UserError(`the name of \`${path}\` is not UTF-8`, { hint: "rename the directory" });
  }
  const real = followLinks(path)?.real;
  const isDirectory = real !== undefined && readStatus(real)?.isDirectory();
  if (isDirectory) return real;
  throw new UserError(`the project \`${path}\` is not a directory`, { hint: "check the path" });
}

function readPathEntry(path: string): PathEntry[] {
  const followed = followLinks(path);
  return followed ? [{ path, real: followed.real }] : [];
}
