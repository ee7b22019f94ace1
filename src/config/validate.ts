import * as z from "zod";
import { UserError } from "../errors.ts";
import { findDuplicateMounts } from "./duplicate-mounts.ts";
import type { DuplicateMount } from "./duplicate-mounts.ts";
import { findNearest } from "./nearest.ts";
import { findForbiddenNames, removeDates } from "./plain.ts";
import { findLine } from "./positions.ts";
import type { KeyPath } from "./positions.ts";
import { configurationFile } from "./schema.ts";
import type { ConfigurationDocument } from "./schema.ts";

/** A configuration file as text, with the name to call it by in messages. */
export type SourceText = { name: string; text: string };

export type Validated =
  | { kind: "valid"; document: ConfigurationDocument }
  | { kind: "invalid"; errors: UserError[] };

/** Hold a parsed TOML document against the schema; every problem becomes one message. */
export function validateDocument(source: SourceText, document: unknown): Validated {
  const result = configurationFile.safeParse(removeDates(document), { reportInput: true });
  const problems = result.success
    ? [
        ...findForbiddenNames(document).map((path) => forbiddenName(source, path)),
        ...findDuplicateMounts(result.data).map((mount) => duplicateMount(source, mount)),
      ]
    : result.error.issues.slice(0, MOST_SHOWN).flatMap((issue) => describeIssue(source, issue));
  if (result.success && problems.length === 0) return { kind: "valid", document: result.data };
  problems.sort((a, b) => a.line - b.line);
  const errors = problems.map(({ line, message, hint }) => {
    return new UserError(message, { origin: `${source.name}:${line}`, hint });
  });
  return { kind: "invalid", errors };
}

/** To find the line of each takes a look at the whole text. */
const MOST_SHOWN = 100;

type Problem = { line: number; message: string; hint?: string };

type Issue = z.core.$ZodIssue;

function describeIssue(source: SourceText, issue: Issue): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, MOST_SHOWN).map((key) => unknownKey(source, path, key));
  }
  const meant = issue.code === "invalid_union" ? findMeant(issue) : undefined;
  if (meant) return meant.flatMap((inner) => describeIssue(source, inner));
  const line = findLine(source.text, path);
  return [{ line, message: `\`${formatPath(path)}\`: ${explain(issue)}` }];
}

/** Of several forms, the one that the value has and in which something is wrong. */
function findMeant({ errors, path }: z.core.$ZodIssueInvalidUnion): Issue[] | undefined {
  const meant = errors.find((issues) => {
    return issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys");
  });
  return meant?.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
}

function forbiddenName(source: SourceText, path: KeyPath): Problem {
  const line = findLine(source.text, path);
  return { line, message: `\`${formatPath(path)}\`: must be another name` };
}

function duplicateMount(source: SourceText, { path, first, place }: DuplicateMount): Problem {
  const line = findLine(source.text, path);
  const hint = `take one out: the other is on line ${findLine(source.text, first)}`;
  return { line, message: `\`${place}\` is mounted on twice in one table`, hint };
}

function explain(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is missing";
      return issue.message.startsWith("must")
        ? issue.message
        : `must be ${nameType(issue.expected)}`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => `\`${String(value)}\``).join(" or ")}`;
    case "invalid_key":
      return issue.issues.map(explain).join(", ");
    case "too_small":
      return issue.message.startsWith("must") ? issue.message : "must not be empty";
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Record<string, string> = {
  array: "a list",
  object: "a table",
  record: "a table",
  boolean: "true or false",
  string: "a string",
  number: "a number",
};

function nameType(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

function unknownKey(source: SourceText, path: (string | number)[], key: string): Problem {
  const line = findLine(source.text, [...path, key]);
  const nearest = findNearest(key, knownKeys(path));
  const hint = nearest
    ? `did you mean \`${nearest}\`?`
    : `known keys: ${knownKeys(path).join(", ")}`;
  return { line, message: `unknown key \`${formatPath([...path, key])}\``, hint };
}

/** The keys that the schema has at `path`, following tables, records and lists. */
function knownKeys(path: (string | number)[]): string[] {
  let node: unknown = configurationFile;
  for (const part of path) {
    const inner = unwrap(node);
    if (inner instanceof z.ZodObject) node = inner.shape[String(part)];
    else if (inner instanceof z.ZodRecord) node = inner.valueType;
    else if (inner instanceof z.ZodArray) node = inner.element;
  }
  const inner = unwrap(node);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(node: unknown): unknown {
  let inner = node;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  if (!(inner instanceof z.ZodUnion)) return inner;
  return inner.options.find(
    (option) => option instanceof z.ZodObject || option instanceof z.ZodArray,
  );
}

function formatPath(path: KeyPath): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index ? "." : ""}${part}`))
    .join("");
}
