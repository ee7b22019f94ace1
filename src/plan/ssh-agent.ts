import { UserError } from "../errors.ts";
import type { Policy } from "../policy.ts";
import type { HostFacts, SshAgentFact } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";

/**
 * The user's ssh agent has all keys for whoever can connect to it. Programs inside get a socket of
 * pale's own instead, behind which the supervisor lists the chosen keys alone.
 */

/** Where it is inside. */
const SOCKET = "/run/pale/ssh-agent";

export const SSH_AGENT_VARIABLES = { SSH_AUTH_SOCK: SOCKET } as const;

/** @throws UserError when the agent's own socket would be there as well */
export function planSshAgent(
  { sshKeys }: Pick<Policy, "sshKeys">,
  { sshAgent, sockets, mounts }: Pick<HostFacts, "sshAgent" | "sockets" | "mounts">,
): SshAgentFact | undefined {
  if (!sshAgent) return undefined;
  const [named] = sshKeys;
  const socket = sockets.find(({ target }) => {
    return target.kind === "socket" && target.real === sshAgent.socket;
  });
  if (socket) throw shown(`\`sockets\` names \`${socket.name}\``, socket.origin, named?.origin);
  const fact = mounts.find(({ mount, real }) => {
    return mount.access !== "mask" && contains(real, sshAgent.socket);
  });
  if (fact) {
    const what = `the mount \`${fact.mount.host}\` would show \`${sshAgent.socket}\``;
    throw shown(what, fact.mount.origin, named?.origin);
  }
  return sshAgent;
}

function shown(what: string, origin: string, other: string | undefined): UserError {
  return new UserError(`${what}: all keys of your ssh agent, not those of \`ssh_keys\` alone`, {
    origin: other === undefined ? origin : `${origin}; ${other}`,
    hint: "leave one of the two out",
  });
}

export function planSshAgentSocket({ sshAgent }: Pick<HostFacts, "sshAgent">): MountOperation[] {
  if (!sshAgent) return [];
  const why = "for programs that want something signed; the supervisor answers";
  return [{ kind: "ssh-agent", destination: SOCKET, why }];
}
