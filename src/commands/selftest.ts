import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { findDirectories } from "../host/directories.ts";
import { findRootProgram } from "../host/tools.ts";
import { PALE_INSIDE } from "../plan/system-mounts.ts";
import { isGated } from "../policy.ts";
import { layOut } from "../selftest/canaries.ts";
import type { Canaries } from "../selftest/canaries.ts";
import { CASES } from "../selftest/cases.ts";
import { judgeCases } from "../selftest/judge.ts";
import type { Evidence } from "../selftest/judge.ts";
import { renderResults } from "../selftest/render.ts";
import { untried } from "../selftest/targets.ts";
import type { Observations } from "../selftest/targets.ts";
import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import { UserError } from "../errors.ts";
import { readScreen } from "./invocation.ts";
import type { Invocation } from "./invocation.ts";
import { renderJson } from "./json-text.ts";
import { planRun } from "./plan-run.ts";
import { parseRunArguments } from "./run-options.ts";
import { readRunRequest } from "./run-request.ts";

export type SelftestOptions = {
  profile?: string;
  json?: boolean;
  /** Options of `pale run`. */
  runOptions: readonly string[];
};

/**
 * `pale selftest`: try to get out of a sandbox of this machine and this policy, in a temporary
 * project, with everything tried outside as well.
 *
 * @returns whether all that could be tried was refused
 * @throws UserError when the sandbox itself cannot be made
 */
export async function testOneself(
  invocation: Invocation,
  options: SelftestOptions,
): Promise<boolean> {
  const directories = findDirectories(invocation.environment);
  const canaries = await layOut(directories, invocation.environment);
  try {
    const results = judgeCases(CASES, await gather(invocation, options, canaries));
    invocation.print(
      options.json ? renderJson(results) : renderResults(results, readScreen(invocation)),
    );
    return results.every(({ verdict }) => verdict !== "fail");
  } finally {
    canaries.release();
  }
}

async function gather(
  invocation: Invocation,
  options: SelftestOptions,
  { targets, file }: Canaries,
): Promise<Evidence> {
  const { executable, environment } = invocation;
  const place = {
    cwd: targets.project,
    env: { ...environment, PWD: targets.project, PALE_SELFTEST_SECRET: targets.token },
  };
  const self = [executable, "selftest-inside", file];
  const control = await start(self, place);
  const unshare = findRootProgram("unshare");
  const privileged =
    unshare === undefined ? NO_UNSHARE : await start([unshare, ...EVERY_NAMESPACE, ...self], place);
  const launch = await renderLaunch({ ...invocation, workingDirectory: targets.project }, options);
  const rule = isGated(launch.network) ? ["--allow", targets.allowed] : [];
  const script = `exec ${PALE_INSIDE} selftest-inside ${quoteForShell(file)}`;
  const command = [executable, ...launch.words, ...rule, "--", "sh", "-c", script];
  const upstream = nameUpstream(targets.loopbackPort);
  const inside = await start(command, { ...place, env: { ...place.env, ...upstream } });
  return {
    inside: readObservations(inside) ?? fail(inside),
    outside: readObservations(control) ?? fail(control),
    privileged: readObservations(privileged) ?? explain(privileged),
  };
}

/** For the supervisor alone: the canary is its way to the internet. */
function nameUpstream(port: number): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  return { https_proxy: proxy, HTTPS_PROXY: proxy, no_proxy: "", NO_PROXY: "" };
}

const NO_UNSHARE: Ended = { stdout: "", stderr: "`unshare` is not installed" };

const EVERY_NAMESPACE = ["--user", "--map-root-user", "--mount", "--uts", "--"];

/** How `pale run` is called, and which network that gives. */
async function renderLaunch(invocation: Invocation, { profile, runOptions }: SelftestOptions) {
  const directories = findDirectories(invocation.environment);
  const chosen = [...(profile === undefined ? [] : ["--profile", profile]), ...runOptions];
  const request = readRunRequest(parseRunArguments([...chosen, "--", "sh"]), {
    workingDirectory: invocation.workingDirectory,
    home: directories.home,
  });
  const { policy } = await planRun(invocation, request, directories);
  return { words: ["run", ...chosen], network: policy.network };
}

type Ended = { stdout: string; stderr: string };
type Place = { cwd: string; env: NodeJS.ProcessEnv };

/** Not synchronously: the canaries' servers are in this process. */
async function start([command = "", ...args]: readonly string[], place: Place): Promise<Ended> {
  const child = spawn(command, args, { ...place, stdio: ["ignore", "pipe", "pipe"] });
  const failed = new Promise<Ended>((resolve) => {
    child.once("error", (error) => resolve({ stdout: "", stderr: error.message }));
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  return Promise.race([failed, said.then(([stdout, stderr]) => ({ stdout, stderr }))]);
}

function readObservations({ stdout }: Ended): Observations | undefined {
  try {
    return JSON.parse(stdout) as Observations;
  } catch {
    return undefined;
  }
}

function fail({ stderr }: Ended): never {
  throw new UserError("the attempts could not be started", {
    origin: escapeUntrusted(stderr.trim()),
    hint: "pale doctor",
  });
}

function explain({ stderr }: Ended): Observations {
  const why = untried(stderr.trim().split("\n")[0] ?? "");
  return Object.fromEntries(CASES.map(({ act }) => [act, why]));
}
