import { UserError } from "../errors.ts";
import type { Policy } from "../policy.ts";
import { planClipboard } from "./clipboard.ts";
import { planEnvironment } from "./environment.ts";
import type { HostFacts, Identity, Tool } from "./facts.ts";
import { limitScratch, planLimits } from "./limits.ts";
import { planMounts } from "./mounts.ts";
import { planGate } from "./network.ts";
import { planNotice, warnOfSilence } from "./notice.ts";
import { planLogins } from "./logins.ts";
import type { Isolation, LoginPlan, NetworkGate, Plan } from "./plan.ts";
import { guardProject } from "./project.ts";
import { planSshAgent } from "./ssh-agent.ts";
import { planOverlays, planStores } from "./overlays.ts";
import { planPreparations } from "./rule-mounts.ts";
import { isAtLeast } from "./version.ts";

/** What the caller wants run, and how. */
export type Order = {
  commandLine: readonly string[];
  /** Let everything through, and note it. */
  learn: boolean;
};

/**
 * Decide everything about a launch from the policy and the facts of the host. Pure:
 * the same input gives the same plan, and nothing has happened yet.
 *
 * @throws UserError when the policy asks for what cannot be given safely
 */
export function makePlan(policy: Policy, facts: HostFacts, order: Order): Plan {
  refuseRoot(facts.identity);
  guardProject(facts.project.root, facts.home);
  const limits = planLimits(policy, facts);
  const ground = limitScratch(planMounts(facts, policy.network), limits.scratch);
  const { mounts, preparations, logins } = planLogins(facts.logins, {
    mounts: ground,
    preparations: planPreparations(facts.mounts),
  });
  const overlays = planOverlays(facts, mounts);
  return {
    profile: policy.profile,
    architecture: facts.architecture,
    bwrap: facts.tools.bwrap,
    preparations: [...preparations, ...planStores(overlays, facts.project.root)],
    mounts,
    overlays,
    isolation: planIsolation(policy, facts),
    limits,
    gate: addLogins(planGate(policy, facts, order.learn), logins),
    notice: planNotice(facts),
    clipboard: planClipboard(policy, facts),
    sshAgent: planSshAgent(policy, facts),
    terminalFilter: policy.terminalFilter,
    seccomp: { kind: policy.seccomp ? "allowlist" : "denylist" },
    variables: planEnvironment(policy, facts, mounts),
    workingDirectory: facts.project.workingDirectory,
    command: { path: facts.program.path, argv: [...order.commandLine] },
    warnings: [...policy.warnings, ...warnOfSilence(policy)],
  };
}

function addLogins(gate: NetworkGate | undefined, logins: LoginPlan[]): NetworkGate | undefined {
  return gate && { ...gate, logins };
}

/** Root inside owns what root owns outside: file permissions would protect nothing. */
function refuseRoot({ uid }: Identity): void {
  if (uid !== 0) return;
  throw new UserError("pale does not run as root", {
    hint: "run it as an ordinary user; it needs no privilege",
  });
}

function planIsolation({ network, seccomp }: Policy, { identity, tools }: HostFacts): Isolation {
  const closedByBwrap = isAtLeast(tools.bwrap.version, [0, 8, 0]);
  if (!closedByBwrap && !seccomp) throw openNamespaces(tools.bwrap);
  return {
    uid: identity.uid,
    gid: identity.gid,
    network,
    nestedNamespaces: closedByBwrap ? "closed-by-bwrap" : "closed-by-seccomp",
  };
}

/** A process with its own user namespace holds every capability in it, over the same kernel. */
function openNamespaces({ path, version }: Tool): UserError {
  return new UserError("without seccomp this bubblewrap leaves nested user namespaces open", {
    origin: `${path} ${version}, which lacks --disable-userns (0.8.0)`,
    hint: "leave out `--no-seccomp`, or install a newer bubblewrap",
  });
}
