import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { UserError } from "../errors.ts";
import type { SshAgentFact } from "../plan/facts.ts";
import { expandHome } from "../plan/paths.ts";
import type { Policy, Sourced } from "../policy.ts";
import { chooseKeys } from "../ssh-agent/choose.ts";
import { LIST, parseIdentities, type Identity } from "../ssh-agent/messages.ts";
import { Upstream } from "../ssh-agent/upstream.ts";
import type { Environment } from "../host/directories.ts";
import { followLinks } from "../host/links.ts";
import { readStatus } from "../host/status.ts";
import { findAskpass } from "./askpass.ts";
import { couldWrite, isWritable } from "./variable-sources.ts";

/** `writable`: directories whose content an agent may have made. */
export type SshAgentQuestion = {
  environment: Environment;
  home: string;
  writable: readonly string[];
};

/**
 * The user's ssh agent, with the keys that the policy names.
 *
 * @throws UserError when there is no agent, or it lacks one of them, or nobody could be asked
 */
export async function readSshAgent(
  { sshKeys, sshConfirm }: Pick<Policy, "sshKeys" | "sshConfirm">,
  question: SshAgentQuestion,
): Promise<SshAgentFact> {
  const socket = findSocket(sshKeys, question);
  const identities = await listIdentities(socket);
  const keys = chooseKeys(sshKeys, identities, (name) => readPublicKey(name, question));
  return { socket, keys, askpass: sshConfirm === "ask" ? findAskpass(question) : undefined };
}

function findSocket(sshKeys: readonly Sourced<string>[], question: SshAgentQuestion): string {
  const path = question.environment["SSH_AUTH_SOCK"] ?? "";
  if (path === "") throw unusable("SSH_AUTH_SOCK is not set: there is no ssh agent", sshKeys);
  if (isWritable(path, question.writable)) throw couldWrite("SSH_AUTH_SOCK", path, "ssh_keys");
  const real = isAbsolute(path) ? followLinks(path)?.real : undefined;
  if (real !== undefined && readStatus(real)?.isSocket()) return real;
  throw unusable(`SSH_AUTH_SOCK is \`${path}\`, which is no socket`, sshKeys);
}

const MILLISECONDS = 10_000;

async function listIdentities(socket: string): Promise<Identity[]> {
  const upstream = new Upstream(socket, MILLISECONDS);
  const answer = await upstream.ask(LIST);
  upstream.close();
  const identities = answer && parseIdentities(answer);
  if (identities) return identities;
  throw unusable(`the ssh agent at \`${socket}\` does not answer`, []);
}

function unusable(message: string, [first]: readonly Sourced<string>[]): UserError {
  return new UserError(message, {
    origin: first?.origin ?? "SSH_AUTH_SOCK",
    hint: 'start one, and add the keys: eval "$(ssh-agent)" && ssh-add',
  });
}

/** An agent that could write it would choose another key with it. */
function readPublicKey(
  { value, origin }: Sourced<string>,
  { home, writable }: SshAgentQuestion,
): string {
  const path = expandHome(value, home);
  if (!isAbsolute(path)) {
    throw new UserError(`\`${value}\` is not an absolute path`, {
      origin,
      hint: "begin it with `/` or `~/`",
    });
  }
  if (isWritable(path, writable)) throw couldWrite("ssh_keys", path, origin);
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UserError(`the public key \`${path}\` cannot be read`, {
      origin,
      hint: "name a file that is there, or the key by its fingerprint: `ssh-add -l`",
    });
  }
}
