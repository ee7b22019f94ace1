import { randomInt } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { readIfThere } from "../host/status.ts";
import { makeStandIns, renderStandIn, type StandIns } from "../logins/stand-in.ts";
import { readTokens } from "../logins/tokens.ts";
import { parseObject } from "../object.ts";
import { LOGIN_PLACES } from "../plan/login-places.ts";
import type { LoginPlan, MountOperation, Variable } from "../plan/plan.ts";
import type { LoginHandover } from "../secrets/handover.ts";
import { makePlaceholder } from "../secrets/placeholder.ts";
import { refuseVisible } from "./secret-values.ts";

export type LoginQuestion = { mounts: readonly MountOperation[]; variables: readonly Variable[] };

/**
 * Write the log-in of placeholders that programs inside find, and what else the directory that
 * they find it in must have.
 *
 * @throws UserError where there is no log-in outside, or a mount would show it
 */
export function prepareLogin(plan: LoginPlan, question: LoginQuestion): LoginHandover {
  const { login, file, directory, home } = plan;
  refuseVisible(file, question.mounts);
  const variables = hideVariables(plan, question.variables);
  const text = readIfThere(file) ?? "";
  const tokens = readTokens(login, text);
  if (!tokens && variables.length === 0) throw noLogin(plan);
  prepareHome(plan);
  const standIns = tokens
    ? keepStandIns(home, (earlier) => makeStandIns(tokens, earlier, randomInt))
    : {};
  const place = join(home, basename(file));
  const before = readOwn(place) ?? "";
  if (tokens) replaceFile(place, renderStandIn(login, { text, standIns, before }));
  return { login, file, directory, home, standIns, variables };
}

function hideVariables({ login }: LoginPlan, variables: readonly Variable[]) {
  const { tokens } = LOGIN_PLACES[login];
  return variables
    .filter(({ name, value }) => tokens.includes(name) && value !== "")
    .map(({ name, value }) => ({ name, value, placeholder: makePlaceholder(value, randomInt) }));
}

function noLogin({ login, file }: LoginPlan): UserError {
  return new UserError(`there is no log-in of \`${login}\` in \`${file}\``, {
    origin: "logins",
    hint: LOGIN_PLACES[login].remedy,
  });
}

/** Outside of every mount, and the same for all sandboxes: several may use one at the same time. */
function keepStandIns(home: string, make: (earlier: StandIns) => StandIns): StandIns {
  const file = `${home}.json`;
  const earlier = (parseObject(readIfThere(file) ?? "") ?? {}) as StandIns;
  const standIns = make(earlier);
  replaceFile(file, JSON.stringify(standIns));
  return standIns;
}

/** What is to be mounted on must be a directory, whatever an agent has made of it. */
function prepareHome({ home, shared, seeds, directory }: LoginPlan): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  for (const name of shared) {
    const path = join(home, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    rmSync(path, { force: true });
    mkdirSync(path, { mode: 0o700 });
  }
  for (const { from, to } of [{ from: join(directory, SETTINGS), to: SETTINGS }, ...seeds]) {
    seed(from, join(home, to));
  }
}

/** Claude's, with what it knows of projects; it may hold an API key, too. */
const SETTINGS = ".claude.json";

function seed(from: string, to: string): void {
  if (lstatSync(to, { throwIfNoEntry: false })) return;
  const document = parseObject(readOwn(from) ?? "");
  if (!document) return;
  const { primaryApiKey: _, ...kept } = document;
  replaceFile(to, JSON.stringify(kept));
}

/** What an agent may have put there is read only where it is a file: a link may lead anywhere. */
function readOwn(path: string): string | undefined {
  try {
    const descriptor = openSync(path, constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return fstatSync(descriptor).isFile() ? readFileSync(descriptor, "utf8") : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function replaceFile(path: string, text: string): void {
  if (readOwn(path) === text) return;
  const beside = `${path}.pale-${process.pid}`;
  rmSync(beside, { recursive: true, force: true });
  writeFileSync(beside, text, { flag: "wx", mode: 0o600 });
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) rmSync(path, { recursive: true });
  renameSync(beside, path);
}
