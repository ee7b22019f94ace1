import { renderNumber, renderString, WireReader } from "./wire.ts";

/** The protocol between programs and an ssh agent, as far as the broker speaks it: RFC draft-miller-ssh-agent. */

const NUMBER = {
  failure: 5,
  success: 6,
  list: 11,
  identities: 12,
  sign: 13,
  signature: 14,
  extension: 27,
} as const;

export const FAILURE = Buffer.of(NUMBER.failure);
export const LIST = Buffer.of(NUMBER.list);

/** A public key as the agent knows it. */
export type Identity = { blob: Buffer; comment: string };

export type AgentRequest =
  | { kind: "list" }
  | { kind: "sign"; blob: Buffer; data: Buffer; flags: number }
  /** Says which server the connection that is to be logged in on leads to. */
  | { kind: "bind"; hostKey: Buffer; session: Buffer }
  /** Whatever else there is: adding, removing, locking. */
  | { kind: "other" };

/** Total: what is malformed is `other`. */
export function parseRequest(message: Uint8Array): AgentRequest {
  const reader = new WireReader(message);
  switch (reader.byte()) {
    case NUMBER.list:
      return reader.isAtEnd() ? { kind: "list" } : OTHER;
    case NUMBER.sign:
      return parseSign(reader);
    case NUMBER.extension:
      return parseExtension(reader);
    default:
      return OTHER;
  }
}

const OTHER = { kind: "other" } as const;

function parseSign(reader: WireReader): AgentRequest {
  const blob = reader.string();
  const data = reader.string();
  const flags = reader.number();
  if (!blob || !data || flags === undefined || !reader.isAtEnd()) return OTHER;
  return { kind: "sign", blob, data, flags };
}

function parseExtension(reader: WireReader): AgentRequest {
  const name = reader.string();
  const hostKey = reader.string();
  const session = reader.string();
  const signature = reader.string();
  const isForwarded = reader.byte();
  const isWhole = hostKey && session && signature && isForwarded !== undefined && reader.isAtEnd();
  if (!isWhole || name?.toString("latin1") !== "session-bind@openssh.com") return OTHER;
  return { kind: "bind", hostKey, session };
}

/** More are no list: the message would not hold them. */
const MOST_IDENTITIES = 4096;

/** `undefined`: the answer is something else. */
export function parseIdentities(message: Uint8Array): Identity[] | undefined {
  const reader = new WireReader(message);
  const number = reader.byte();
  const count = reader.number() ?? MOST_IDENTITIES + 1;
  if (number !== NUMBER.identities || count > MOST_IDENTITIES) return undefined;
  const identities: Identity[] = [];
  for (let index = 0; index < count; index += 1) {
    const blob = reader.string();
    const comment = reader.string();
    if (blob && comment) identities.push({ blob, comment: comment.toString("utf8") });
  }
  return reader.isAtEnd() ? identities : undefined;
}

export function renderIdentities(identities: readonly Identity[]): Buffer {
  const rows = identities.flatMap(({ blob, comment }) => [
    renderString(blob),
    renderString(comment),
  ]);
  return Buffer.concat([Buffer.of(NUMBER.identities), renderNumber(identities.length), ...rows]);
}

/** Whether an answer of the agent's is a signature, and nothing else. */
export function isSignature(message: Uint8Array): boolean {
  const reader = new WireReader(message);
  return reader.byte() === NUMBER.signature && reader.string() !== undefined && reader.isAtEnd();
}

export function isSuccess(message: Uint8Array): boolean {
  return message.length === 1 && message[0] === NUMBER.success;
}

export function renderSign({ blob, data, flags }: Extract<AgentRequest, { kind: "sign" }>): Buffer {
  return Buffer.concat([
    Buffer.of(NUMBER.sign),
    renderString(blob),
    renderString(data),
    renderNumber(flags),
  ]);
}
