import { join } from "node:path";
import { readSecretsFile } from "../config/secrets-file.ts";
import type { SecretSource } from "../config/secrets-file.ts";
import { UserError } from "../errors.ts";
import { followToPlace } from "../host/links.ts";
import { contains, expandHome } from "../plan/paths.ts";
import type { MountOperation } from "../plan/plan.ts";
import { findCovering } from "../plan/visible.ts";
import { countHidden } from "../secrets/placeholder.ts";
import { Secret } from "../secrets/secret.ts";
import { readSource } from "./variable-sources.ts";
import type { SourceQuestion } from "./variable-sources.ts";

/** Everything that reading a secret needs. `mounts` are those of the sandbox it must not be in. */
export type SecretQuestion = SourceQuestion & {
  /** pale's directory for configuration. */
  config: string;
  mounts: readonly MountOperation[];
};

/** A secret that a policy names, and where it does. */
export type WantedSecret = { name: string; origin: string };

/**
 * The values of secrets, each read once. A program that asks for a password does so on the terminal.
 *
 * @throws UserError for one that nobody has written down, that cannot be had, that an agent could
 *   see or have changed, or that is no secret; never with a part of a value
 */
export async function readSecrets(
  wanted: readonly WantedSecret[],
  question: SecretQuestion,
): Promise<Secret[]> {
  if (wanted.length === 0) return [];
  const file = join(question.config, "secrets.toml");
  refuseVisible(file, question.mounts);
  const sources = new Map(readSecretsFile(file).map((source) => [source.name, source]));
  const secrets = new Map<string, Secret>();
  for (const { name, origin } of wanted) {
    const source = sources.get(name);
    if (!source) throw unknownSecret({ name, origin }, file, [...sources.keys()]);
    if (!secrets.has(name)) secrets.set(name, await readSecret(source, question));
  }
  return [...secrets.values()];
}

async function readSecret(source: SecretSource, question: SecretQuestion): Promise<Secret> {
  const secret = await readValue(source, question);
  const problem = findProblem(secret.reveal());
  if (problem === undefined) return secret;
  throw new UserError(`the secret \`${source.name}\` ${problem}`, {
    origin: source.origin,
    hint: `it must have at least ${LEAST_HIDDEN} letters and digits, and no blank`,
  });
}

async function readValue(source: SecretSource, question: SecretQuestion): Promise<Secret> {
  const { name, origin } = source;
  switch (source.kind) {
    case "value":
      return source.value;
    case "variable":
      return readVariable(source, question);
    case "file":
      return readHidden(name, { origin, path: expandHome(source.path, question.home) }, question);
    case "credential":
      return readCredential(source, question);
    case "command": {
      const { command } = source;
      return new Secret(
        name,
        await readSource(name, { kind: "command", command, origin }, question),
      );
    }
  }
}

function readVariable(
  { name, variable, origin }: Extract<SecretSource, { kind: "variable" }>,
  { environment }: SecretQuestion,
): Secret {
  const value = environment[variable];
  if (value) return new Secret(name, value);
  throw new UserError(`the secret \`${name}\` is not there: \`${variable}\` is not set`, {
    origin,
    hint: `export ${variable}=...`,
  });
}

type HiddenFile = { origin: string; path: string };

async function readHidden(name: string, { origin, path }: HiddenFile, question: SecretQuestion) {
  refuseVisible(path, question.mounts);
  return new Secret(name, await readSource(name, { kind: "file", path, origin }, question));
}

/** As a service of systemd is handed them; without that, systemd is asked to decrypt one. */
async function readCredential(
  { name, credential, origin }: Extract<SecretSource, { kind: "credential" }>,
  question: SecretQuestion,
): Promise<Secret> {
  const directory = question.environment["CREDENTIALS_DIRECTORY"];
  if (directory) return readHidden(name, { origin, path: join(directory, credential) }, question);
  const encrypted = join(question.config, "credentials", credential);
  const command = ["systemd-creds", "decrypt", `--name=${credential}`, encrypted, "-"];
  return new Secret(name, await readSource(name, { kind: "command", command, origin }, question));
}

/**
 * Shown read-only is shown: the file itself must not be inside.
 *
 * @throws UserError that names the mount
 */
export function refuseVisible(file: string, mounts: readonly MountOperation[]): void {
  const { links, real } = followToPlace(file);
  const paths = [...links.map(({ path }) => path), real];
  for (const mount of mounts) {
    if (mount.kind !== "bind" || mount.access === "mask") continue;
    const seen = paths.find((path) => contains(mount.source, path) && isShown(path, mount, mounts));
    if (seen === undefined) continue;
    throw new UserError(`an agent could read \`${seen}\`, which holds a secret`, {
      origin: `${mount.source} would be there inside: ${mount.why}`,
      hint: "keep secrets where no mount shows them",
    });
  }
}

function isShown(
  path: string,
  mount: Extract<MountOperation, { kind: "bind" }>,
  mounts: readonly MountOperation[],
): boolean {
  return findCovering(join(mount.destination, path.slice(mount.source.length)), mounts) === mount;
}

/** Fewer could be guessed, or would be found by chance in everything that a server says. */
const LEAST_HIDDEN = 8;

function findProblem(value: string): string | undefined {
  if (/[^\u0021-\u007E]/u.test(value)) {
    return "holds a blank, a control character or a letter outside of ASCII";
  }
  return countHidden(value) < LEAST_HIDDEN ? "is too short to be told from other words" : undefined;
}

function unknownSecret(
  { name, origin }: WantedSecret,
  file: string,
  known: readonly string[],
): UserError {
  return new UserError(`there is no secret \`${name}\` in \`${file}\``, {
    origin,
    hint: known.length > 0 ? `there are: ${known.join(", ")}` : `add: [${name}] and value = "..."`,
  });
}
