import type { ConfigurationChoice } from "../config/load.ts";
import type { PolicyRequest } from "../config/resolve.ts";
import { UserError } from "../errors.ts";
import type { Environment } from "../host/directories.ts";
import type { SshAgentFact } from "../plan/facts.ts";
import type { ClipboardReader, NetworkGate, Notice, Variable } from "../plan/plan.ts";
import type { UpstreamVariables } from "../proxy/upstream.ts";
import { parseUpstream, PROXY_VARIABLES } from "../proxy/upstream.ts";
import { readSession, renderSession, type Session } from "./session.ts";

/**
 * What a launch tells the supervisor of its sandbox. It travels in variables whose names
 * begin so: the init program hands those to the supervisor and to nobody else.
 */
export type SupervisorSettings = {
  gate: NetworkGate;
  notice: Notice | undefined;
  clipboard: ClipboardReader | undefined;
  sshAgent: SshAgentFact | undefined;
  profile: string;
  /** Real path of the project's root. */
  project: string;
  /** pale's directory for logs. */
  state: string;
  /** The init program, outside. */
  init: string;
  /** To resolve the policy again when a configuration file has changed. */
  source: PolicySource;
};

export type PolicySource = {
  choice: ConfigurationChoice;
  cache: string;
  request: Omit<PolicyRequest, "environment">;
};

const SETTINGS = "PALE_SUPERVISOR";

const SESSION = `${SETTINGS}_SESSION_`;

/**
 * The settings as variables; those of the caller's may hold the password of a proxy.
 *
 * @throws UserError when the caller's proxy cannot be gone through: it must not be passed by
 */
export function renderSettings(settings: SupervisorSettings, environment: Environment): Variable[] {
  const passed = Object.entries(PROXY_VARIABLES).flatMap(([name, candidates]): Variable[] => {
    const hostName = candidates.find((candidate) => environment[candidate]);
    const value = environment[hostName ?? ""];
    if (hostName === undefined || value === undefined) return [];
    return [{ name: `${SETTINGS}_${name}`, value, from: "host", hostName, when: "early" }];
  });
  checkUpstream(passed);
  const value = JSON.stringify(settings);
  const session = renderSession(SESSION, settings, environment);
  return [{ name: SETTINGS, value, from: "pale", when: "early" }, ...passed, ...session];
}

function checkUpstream(passed: readonly Variable[]): void {
  const { problems } = parseUpstream(
    readUpstream(Object.fromEntries(passed.map(({ name, value }) => [name, value]))),
  );
  if (problems.length === 0) return;
  throw new UserError(problems.join("; "), {
    origin: passed.map(({ hostName }) => hostName).join(", "),
    hint: "set it to http://HOST:PORT, or unset it if the internet can be reached without",
  });
}

/** @throws Error when this is not the environment of a supervisor */
export function readSettings(environment: Environment): {
  settings: SupervisorSettings;
  upstream: UpstreamVariables;
  session: Session;
} {
  const text = environment[SETTINGS];
  if (text === undefined) throw new Error(`${SETTINGS} is not set`);
  return {
    settings: JSON.parse(text) as SupervisorSettings,
    upstream: readUpstream(environment),
    session: readSession(SESSION, environment),
  };
}

function readUpstream(environment: Environment): UpstreamVariables {
  return {
    httpsProxy: environment[`${SETTINGS}_httpsProxy`],
    httpProxy: environment[`${SETTINGS}_httpProxy`],
    noProxy: environment[`${SETTINGS}_noProxy`],
  };
}
