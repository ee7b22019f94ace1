import { UserError } from "../errors.ts";
import { isGated } from "../policy.ts";
import type { Policy, ResolvedMount, VariableRule } from "../policy.ts";
import { CLIPBOARD_BIN, CLIPBOARD_VARIABLES, hasClipboardDoor } from "./clipboard.ts";
import { planAuthorityVariables } from "./authorities.ts";
import type { HostFacts } from "./facts.ts";
import { matchesName } from "./name-pattern.ts";
import type { MountOperation, Variable } from "./plan.ts";
import { planIgnoreVariables } from "./git-ignore.ts";
import { planGitVariable } from "./git-identity.ts";
import { planProxyVariables } from "./network.ts";
import { isLeftOut } from "./rule-mounts.ts";
import { SSH_AGENT_VARIABLES } from "./ssh-agent.ts";
import { listFound } from "./sockets.ts";
import { findCovering, followMadeLinks, isVisible } from "./visible.ts";

/**
 * The environment is built from nothing: terminal, locale and identity, what the
 * policy passes or sets, and what pale says itself. Everything else is absent.
 */
export function planEnvironment(
  policy: Policy,
  facts: HostFacts,
  mounts: readonly MountOperation[],
): Variable[] {
  const variables = new Map<string, Variable>();
  const add = (from: Variable["from"], name: string, value: string | undefined) => {
    if (value === undefined) return;
    variables.set(name, { name, value, from, when: chooseTime(name) });
  };
  for (const name of expandNames(BASE, facts.environment))
    add("host", name, facts.environment[name]);
  const made = { ...planGitVariable(facts), ...planIgnoreVariables(facts) };
  for (const [name, value] of Object.entries(made)) add("pale", name, value);
  for (const rule of policy.variables) {
    if (rule.kind === "file" || rule.kind === "command") {
      variables.set(rule.name, planSecret(rule, facts));
    } else addRule(rule, facts, add);
  }
  for (const { variable } of listFound(facts.sockets)) {
    if (variable) add("host", variable.name, variable.value);
  }
  for (const { name, value } of facts.registries.flatMap((each) => each.environment))
    add("pale", name, value);
  for (const [name, value] of Object.entries(planAuthorityVariables(facts)))
    add("pale", name, value);
  for (const [name, value] of mountVariables(policy.mounts, facts)) add("pale", name, value);
  for (const [name, value] of Object.entries(ownVariables(policy, facts, mounts))) {
    add("pale", name, value);
  }
  return [...variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Passed to every program when the caller has them; a `*` stands for any ending. */
const BASE = `TERM COLORTERM TERMINFO TERMINFO_DIRS TERM_PROGRAM TERM_PROGRAM_VERSION COLUMNS LINES
  NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE LS_COLORS LANG LANGUAGE LC_* LOCALE_ARCHIVE*
  TZ TZDIR EDITOR VISUAL PAGER MANPAGER LESS LESSCHARSET USER LOGNAME HOME
  XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
  SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE NIX_LD NIX_LD_LIBRARY_PATH NIX_PROFILES
  __NIXOS_SET_ENVIRONMENT_DONE __HM_SESS_VARS_SOURCED`.split(/\s+/u);

/** They change how bubblewrap or a shell in the launch chain starts, before there is a sandbox. */
const LOADER =
  /^(?:LD_|GLIBC_|GCONV_|LOCPATH|NLSPATH|MALLOC_|BASH_|ENV$|SHELLOPTS|BASHOPTS|PS4$|IFS$)/u;

/** When a variable may be set: not before bubblewrap runs if it changes how that is loaded. */
export function chooseTime(name: string): Variable["when"] {
  return isLoaderVariable(name) ? "late" : "early";
}

function isLoaderVariable(name: string): boolean {
  return LOADER.test(name);
}

type Add = (from: Variable["from"], name: string, value: string | undefined) => void;

/** What there is by these names. A name that is none (`LC_;x`) would act in a printed script. */
function expandNames(patterns: readonly string[], environment: HostFacts["environment"]): string[] {
  const names = Object.keys(environment).filter((name) => /^[A-Za-z_]\w*$/u.test(name));
  return patterns.flatMap((pattern) => names.filter((name) => matchesName(pattern, name)));
}

type SecretRule = Extract<VariableRule, { kind: "file" | "command" }>;

type PlainRule = Exclude<VariableRule, SecretRule>;

/** Its value is known to nobody before the launch, and stands on no command line. */
function planSecret(rule: SecretRule, { home }: HostFacts): Variable {
  const { kind, name, origin } = rule;
  if (isLoaderVariable(name)) {
    throw new UserError(`\`${name}\` cannot be set from a ${kind}`, {
      origin,
      hint: "bubblewrap sets it on its command line, which others can read; use `env.set`",
    });
  }
  const variable = { name, value: "", from: "host", when: "early" } as const;
  if (rule.kind === "command") {
    return { ...variable, source: { kind: rule.kind, command: rule.command, origin } };
  }
  const path = rule.path.startsWith("~") ? `${home.path}${rule.path.slice(1)}` : rule.path;
  return { ...variable, source: { kind: rule.kind, path, origin } };
}

function addRule(rule: PlainRule, facts: HostFacts, add: Add): void {
  if (rule.kind === "set") return add("profile", rule.name, rule.value);
  for (const name of expandNames([rule.name], facts.environment)) {
    add("host", name, facts.environment[name]);
  }
}

/** A program that is told where its state is finds it, whatever its own default says. */
function mountVariables(mounts: readonly ResolvedMount[], facts: HostFacts): [string, string][] {
  return mounts.flatMap((mount): [string, string][] => {
    const fact = facts.mounts.find((candidate) => candidate.mount === mount);
    if (mount.variable === undefined || (fact && isLeftOut(fact))) return [];
    return [[mount.variable, mount.sandbox ?? mount.host]];
  });
}

function ownVariables(policy: Policy, facts: HostFacts, mounts: readonly MountOperation[]) {
  const { identity, home, environment } = facts;
  const shell = environment["SHELL"];
  return {
    HOME: home.path,
    USER: identity.user,
    LOGNAME: identity.user,
    PATH: planPath(policy, facts, mounts),
    SHELL: shell !== undefined && isReachable(shell, mounts) ? shell : "/bin/sh",
    XDG_RUNTIME_DIR: `/run/user/${identity.uid}`,
    PALE_SANDBOX: policy.profile,
    ...(isGated(policy.network) ? planProxyVariables() : {}),
    ...(hasClipboardDoor(facts) ? CLIPBOARD_VARIABLES : {}),
    ...(facts.sshAgent ? SSH_AGENT_VARIABLES : {}),
  };
}

/**
 * The caller's PATH, less what is not there inside. An entry that is reached by a link
 * which the sandbox does not have (`/run/current-system/sw/bin`) is named by its end.
 */
function planPath(policy: Policy, facts: HostFacts, mounts: readonly MountOperation[]): string {
  const added = policy.pathAdd.filter((path) => isMounted(path, mounts));
  const found = facts.program.directories.map((path) => ({ path, real: path }));
  const entries = [...facts.path, ...found, ...FALLBACK.map((path) => ({ path, real: path }))];
  const reachable = entries.flatMap(({ path, real }) => {
    if (isReachable(path, mounts)) return [path];
    return isReachable(real, mounts) ? [real] : [];
  });
  const clipboard = hasClipboardDoor(facts) ? [CLIPBOARD_BIN] : [];
  return [...new Set([...clipboard, ...added, ...reachable])].join(":");
}

/** In a mount that shows something of the host's, be it at another place than on the host. */
function isMounted(path: string, mounts: readonly MountOperation[]): boolean {
  return findCovering(followMadeLinks(path, mounts), mounts)?.kind === "bind";
}

const FALLBACK = ["/usr/local/bin", "/usr/bin", "/bin"];

/** Like `isVisible`, through the links that the sandbox has. */
function isReachable(path: string, mounts: readonly MountOperation[]): boolean {
  return isVisible(path, mounts) || isVisible(followMadeLinks(path, mounts), mounts);
}
