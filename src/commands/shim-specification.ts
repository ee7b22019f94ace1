import { isAbsolute } from "node:path";
import { UserError } from "../errors.ts";
import { parseObject } from "../object.ts";
import { findNameProblem } from "../shim/own-shims.ts";
import type { ShimRequest } from "../shim/render.ts";

/** A shim as whoever generates them describes it. */
export type ShimSpecification = Pick<
  ShimRequest,
  "name" | "profile" | "arguments" | "program" | "raw"
>;

/** Every key, and what its value has to be; only `name` is needed. */
const KEYS: Record<string, { what: string; fits: (value: unknown) => boolean }> = {
  name: { what: "a command's name", fits: (value) => findProblem(value) === undefined },
  profile: { what: "a string", fits: isText },
  arguments: { what: "a list of strings", fits: isTexts },
  program: { what: "an absolute path", fits: (value) => isText(value) && isAbsolute(value) },
  raw: { what: "a file name, or null for none", fits: (value) => value === null || isName(value) },
};

const USAGE = `--shim '{"name": "claude", "profile": "claude", "arguments": [], "program": "/path", "raw": "claude-raw"}'`;

/**
 * One `--shim`: a JSON object.
 *
 * @throws UserError for anything else, a key that there is not, or a value of another kind
 */
export function parseShimSpecification(text: string): ShimSpecification {
  const value = parseObject(text);
  if (value === undefined) throw wrong("is no JSON object", text);
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(KEYS, key));
  if (unknown !== undefined) throw wrong(`has the unknown key \`${unknown}\``, text);
  if (isText(value["name"])) {
    const problem = findNameProblem(value["name"]);
    if (problem !== undefined) {
      throw new UserError(`\`${value["name"]}\` ${problem}`, { origin, hint: USAGE });
    }
  }
  for (const [key, { what, fits }] of Object.entries(KEYS)) {
    const isLeftOut = key !== "name" && !Object.hasOwn(value, key);
    if (!isLeftOut && !fits(value[key])) throw wrong(`needs as \`${key}\` ${what}`, text);
  }
  return value as ShimSpecification;
}

const origin = "--shim";

function findProblem(value: unknown): string | undefined {
  return isText(value) ? findNameProblem(value) : "is none";
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

/**
 * It stands for no program that a shell would look for otherwise, so less is asked of it; but what
 * every shim starts must not be a program without a sandbox.
 */
function isName(value: unknown): boolean {
  return isText(value) && /^[A-Za-z0-9_][\w.+-]*$/u.test(value) && value !== "pale";
}

function wrong(what: string, text: string): UserError {
  return new UserError(`\`${text}\` ${what}`, { origin, hint: USAGE });
}
