import { UserError } from "../errors.ts";
import type { SshKey } from "../plan/facts.ts";
import type { Sourced } from "../policy.ts";
import { quoteForShell } from "../terminal.ts";
import { fingerprintKey } from "./fingerprint.ts";
import type { Identity } from "./messages.ts";
import { WireReader } from "./wire.ts";

/**
 * The keys of the user's agent that the policy names, each once.
 *
 * @param readPublicKey the text of a public key's file
 * @throws UserError for a name that no key of the agent has, or more than one
 */
export function chooseKeys(
  names: readonly Sourced<string>[],
  identities: readonly Identity[],
  readPublicKey: (name: Sourced<string>) => string,
): SshKey[] {
  const chosen = names.map((name) => {
    const called = identities.filter(({ comment }) => comment === name.value);
    const chosen = called.length > 0 ? called : identities.filter(makeTest(name, readPublicKey));
    const [found, other] = chosen;
    if (!found) throw missing(name);
    if (other) throw ambiguous(name, [found, other]);
    return found;
  });
  const keys = chosen.map(({ blob, comment }) => ({
    blob: blob.toString("base64"),
    fingerprint: fingerprintKey(blob),
    comment,
  }));
  return [...new Map(keys.map((key) => [key.blob, key])).values()];
}

/** A path begins with `/` or `~/`, or ends like the public half of a key. */
function isKeyFile(name: string): boolean {
  return /^(?:\/|~\/)|\.pub$/u.test(name);
}

/** Of a name that is no comment: keys have been added whose comment is the path of their file. */
function makeTest(
  name: Sourced<string>,
  readPublicKey: (name: Sourced<string>) => string,
): (identity: Identity) => boolean {
  const { value } = name;
  if (value.startsWith("SHA256:")) {
    return ({ blob }) => fingerprintKey(blob) === value.replace(/=+$/u, "");
  }
  if (!isKeyFile(value)) return () => false;
  const wanted = parsePublicKey(readPublicKey(name));
  if (wanted) return ({ blob }) => blob.equals(wanted);
  throw new UserError(`\`${value}\` is not the public half of an ssh key`, {
    origin: name.origin,
    hint: "name the file that ends in `.pub`; of the private half pale wants to know nothing",
  });
}

/** The second word of the first line, when it is a key of the kind that the first word names. */
export function parsePublicKey(text: string): Buffer | undefined {
  const [kind = "", encoded = ""] = text.split("\n", 1)[0]?.trim().split(/\s+/u) ?? [];
  const blob = Buffer.from(encoded, "base64");
  const named = new WireReader(blob).string()?.toString("latin1");
  return kind !== "" && named === kind ? blob : undefined;
}

function missing({ value, origin }: Sourced<string>): UserError {
  const file = value.endsWith(".pub") ? value.slice(0, -".pub".length) : "KEYFILE";
  const shown = /^~\/[\w@%+=:,./-]+$/u.test(file) ? file : quoteForShell(file);
  return new UserError(`your ssh agent has no key \`${value}\``, {
    origin,
    hint: `add it: ssh-add ${shown}   (\`ssh-add -l\` lists those it has)`,
  });
}

function ambiguous({ value, origin }: Sourced<string>, found: readonly Identity[]): UserError {
  const fingerprints = found.map(({ blob }) => `"${fingerprintKey(blob)}"`);
  return new UserError(`more than one key of your ssh agent is called \`${value}\``, {
    origin,
    hint: `name the one that you mean: ssh_keys = [${fingerprints.join("] or [")}]`,
  });
}
