import { spawnSync } from "node:child_process";
import { constants, existsSync, mkdirSync, realpathSync } from "node:fs";
import { release } from "node:os";
import { basename, dirname, join } from "node:path";
import { loadConfiguration } from "../config/load.ts";
import type { DoctorFacts, Problem, ShimFacts } from "../doctor/facts.ts";
import { UserError, UserErrors } from "../errors.ts";
import { readAppArmor } from "../host/apparmor.ts";
import { nameArchitecture } from "../host/architecture.ts";
import { readBubblewrap } from "../host/bubblewrap.ts";
import { readCgroup } from "../host/cgroup.ts";
import { findDirectories } from "../host/directories.ts";
import type { Directories } from "../host/directories.ts";
import { readDistribution } from "../host/distribution.ts";
import { readKernelSettings } from "../host/kernel.ts";
import { findLaunches } from "../host/launches.ts";
import { hasSeccomp, readPlace, tryOverlay } from "../host/machine.ts";
import { ScratchDirectory } from "../host/scratch-directory.ts";
import { askShells } from "../host/shells.ts";
import { isPermitted } from "../host/status.ts";
import { parseUpstream, PROXY_VARIABLES } from "../proxy/upstream.ts";
import { shimDirectory } from "../shim/directory.ts";
import { readPlanState } from "../shim/plan-state.ts";
import { findShims } from "../shim/find-shims.ts";
import { nameOwnShims, readOwnShims } from "../shim/own-shims.ts";
import { findBrokenShims } from "../shim/broken-shims.ts";
import { findShells } from "../shim/startup-files.ts";
import { checkConfiguration } from "./check.ts";
import type { Invocation } from "./invocation.ts";
import { listWanted } from "./shims.ts";
import { readPlaces } from "./startup-places.ts";

/** Read everything that the doctor judges: runs the shells' startup files, and makes a sandbox. */
export async function readDoctorFacts(invocation: Invocation): Promise<DoctorFacts> {
  const { environment } = invocation;
  const directories = findDirectories(environment);
  using directory = new ScratchDirectory("pale-doctor-");
  const scratch = directory.path;
  const cgroup = readCgroup();
  const bwrap = attempt(() => readBubblewrap(makeDirectory(scratch, "links")));
  return {
    kernel: release(),
    settings: readKernelSettings(),
    place: readPlace(release(), environment),
    bwrap,
    distribution: readDistribution(),
    apparmor: readAppArmor(
      nameArchitecture(invocation.architecture),
      "path" in bwrap ? realpathSync(bwrap.path) : undefined,
    ),
    trial: makeSandbox(invocation, scratch),
    seccomp: hasSeccomp(),
    overlay: attempt(() => tryOverlay(makeDirectory(scratch, "overlay"))),
    cgroup: cgroup.kind === "delegated" ? "delegated" : { problem: cgroup.why, hint: SCOPE },
    limitsMemory: await limitsMemory(directories),
    configuration: await check(invocation),
    log: readLog(directories),
    upstream: readUpstream(environment),
    shims: await readShims(invocation, directories),
  };
}

function makeDirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}

const SCOPE = "systemd-run --user --scope -p Delegate=yes pale run ...";

function attempt<T>(act: () => T): T | Problem {
  try {
    return act();
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown): Problem {
  const first = error instanceof UserErrors ? error.errors[0] : error;
  if (!(first instanceof UserError)) throw error;
  const { message, origin, hint } = first;
  return { problem: origin === undefined ? message : `${message} (${origin})`, hint };
}

/** As `pale run` makes it, with the filtered network, in a project of its own. */
function makeSandbox({ executable, environment }: Invocation, scratch: string): "works" | Problem {
  const project = makeDirectory(scratch, "project");
  const words = ["run", "--no-config", "--", "true"];
  const options = { cwd: project, env: { ...environment, PWD: project } };
  const { status, stderr } = spawnSync(executable, words, { ...options, encoding: "utf8" });
  if (status === 0) return "works";
  const [problem = "", ...rest] = stderr
    .replaceAll(/^(?:pale: | {2}at )/gmu, "")
    .trim()
    .split("\n");
  return { problem: [problem, ...rest.slice(0, -1)].join("; "), hint: rest.at(-1)?.trim() };
}

async function limitsMemory(directories: Directories): Promise<boolean> {
  const choice = { kind: "user", directory: directories.config } as const;
  try {
    const { defaults, profiles, projects } = await loadConfiguration(choice, directories.cache);
    const layers = [defaults, ...Object.values(profiles), ...Object.values(projects)];
    return layers.some(({ limits }) => limits.some(({ value }) => value.name === "memory"));
  } catch (error) {
    describe(error);
    return false;
  }
}

async function check(invocation: Invocation): Promise<"right" | Problem> {
  try {
    await checkConfiguration({ ...invocation, print: () => undefined }, {});
    return "right";
  } catch (error) {
    return describe(error);
  }
}

function readLog({ state }: Directories): "writable" | Problem {
  let place = state;
  while (!existsSync(place)) place = dirname(place);
  if (isPermitted(place, constants.W_OK)) return "writable";
  return { problem: `${place} cannot be written`, hint: `ls -ld ${place}` };
}

function readUpstream(environment: Invocation["environment"]): DoctorFacts["upstream"] {
  const pick = (names: readonly string[]) => names.map((name) => environment[name]).find(Boolean);
  const { upstream, problems } = parseUpstream({
    httpsProxy: pick(PROXY_VARIABLES.httpsProxy),
    httpProxy: pick(PROXY_VARIABLES.httpProxy),
    noProxy: pick(PROXY_VARIABLES.noProxy),
  });
  const proxies = [upstream.https, upstream.http].flatMap((proxy) =>
    proxy ? [`${proxy.host}:${proxy.port}`] : [],
  );
  return { proxies: [...new Set(proxies)], problems };
}

/** What goes into a shell's question as it stands. */
const PLAIN = /^[\w.+-]+$/u;

async function readShims(invocation: Invocation, directories: Directories): Promise<ShimFacts> {
  const { environment } = invocation;
  const found = findShims(shimDirectory(directories), environment["PATH"]);
  const { directory, owner, position } = found;
  const names = found.names.filter((name) => PLAIN.test(name));
  return {
    directory,
    owner,
    names,
    ...(owner === "pale" ? examineFiles(invocation, directories) : NOT_EXAMINED),
    unusable: names.flatMap((name) => readUnusable(name, directories)),
    position,
    loginShell: environment["SHELL"] && basename(environment["SHELL"]),
    setUp: findShells(readPlaces(invocation)),
    shells: names.length > 0 ? await askShells(names, environment) : [],
    launches: names.length > 0 ? findLaunches(directories.home, names, directory) : [],
  };
}

type Examined = Pick<ShimFacts, "broken" | "list">;

function examineFiles(invocation: Invocation, directories: Directories): Examined {
  const own = attempt(() => readOwnShims(nameOwnShims(directories)));
  if ("problem" in own) return { broken: [], list: own };
  const wanted = listWanted(invocation, directories, own);
  const broken = wanted.flatMap((shim) => findBrokenShims(shimDirectory(directories), shim));
  return { broken, list: "readable" };
}

/** What a package has put there is its own affair. */
const NOT_EXAMINED: Examined = { broken: [], list: "readable" };

function readUnusable(name: string, directories: Directories): ShimFacts["unusable"] {
  const choice = { kind: "user", directory: directories.config } as const;
  const present = { owner: { name }, choice, sources: [] };
  const state = readPlanState(join(shimDirectory(directories), name), present);
  return state.kind === "unusable" ? [{ name, reason: state.reason }] : [];
}
