import { lstatSync, readFileSync, statSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import * as z from "zod";
import { UserError } from "../errors.ts";
import { Secret } from "../secrets/secret.ts";
import { quoteForShell } from "../terminal.ts";
import { findLine } from "./positions.ts";
import { path, variableName, variableValue } from "./schema-values.ts";

/** Where the value of a secret comes from; `origin` is `file:line`. */
export type SecretSource = { name: string; origin: string } & (
  | { kind: "value"; value: Secret }
  /** A variable of the launcher's environment. */
  | { kind: "variable"; variable: string }
  | { kind: "file"; path: string }
  | { kind: "command"; command: string[] }
  /** One of systemd's; see systemd-creds(1). */
  | { kind: "credential"; credential: string }
);

const FORMS = "must say one of `value`, `env`, `file`, `command`, `credential`";

const source = z
  .strictObject({
    value: z.string().optional(),
    env: variableName.optional(),
    file: path.optional(),
    command: z.array(variableValue).min(1).optional(),
    credential: z
      .string()
      .regex(/^[\w.@-]+$/u, "must be a credential's name")
      .optional(),
  })
  .refine((each) => Object.keys(each).length === 1, FORMS);

const secretsFile = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u, "must be letters, digits, `.`, `_` and `-`"),
  source,
);

/**
 * The user's secrets, by where each comes from. No message ever holds a part of the file.
 *
 * @param file absolute; `secrets.toml` beside the configuration
 * @throws UserError when the file is missing, can be read by others, or is not what it must be
 */
export function readSecretsFile(file: string): SecretSource[] {
  checkPermissions(file);
  const text = readFileSync(file, "utf8");
  const result = secretsFile.safeParse(parseToml(file, text));
  if (!result.success) {
    const { path: keys, message } = result.error.issues[0] ?? { path: [], message: "is not valid" };
    const [name = ""] = keys.map(String);
    throw new UserError(`\`${name}\`: ${message}`, { origin: `${file}:${lineOf(text, name)}` });
  }
  return Object.entries(result.data).map(([name, each]) => {
    return { name, origin: `${file}:${lineOf(text, name)}`, ...kindOf(name, each) };
  });
}

function lineOf(text: string, name: string): number {
  return findLine(text, [name]);
}

type SourceDocument = z.infer<typeof source>;

function kindOf(name: string, { value, env, file, command, credential }: SourceDocument) {
  if (value !== undefined) return { kind: "value", value: new Secret(name, value) } as const;
  if (env !== undefined) return { kind: "variable", variable: env } as const;
  if (file !== undefined) return { kind: "file", path: file } as const;
  if (command !== undefined) return { kind: "command", command } as const;
  return { kind: "credential", credential: credential ?? "" } as const;
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // What the parser says quotes the line, which may hold a secret.
    if (!(error instanceof TomlError)) throw error;
    throw new UserError("not valid TOML", {
      origin: `${file}:${error.line}:${error.column}`,
      hint: "mend that line; nothing of it is shown here, as it may hold a secret",
    });
  }
}

function checkPermissions(file: string): void {
  if (!lstatSync(file, { throwIfNoEntry: false })) throw missing(file);
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status?.isFile()) throw missing(file);
  const isOthers = status.uid !== process.getuid?.();
  if (!isOthers && (status.mode & 0o077) === 0) return;
  throw new UserError("the secrets could be read by others", {
    origin: file,
    hint: isOthers
      ? `sudo chown "$USER" ${quoteForShell(file)}`
      : `chmod 600 ${quoteForShell(file)}`,
  });
}

function missing(file: string): UserError {
  return new UserError("there is no file with secrets", {
    origin: file,
    hint: `install -m 600 /dev/null ${quoteForShell(file)}, then add: [NAME] and value = "..."`,
  });
}
