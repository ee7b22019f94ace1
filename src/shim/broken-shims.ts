import { constants } from "node:fs";
import { join } from "node:path";
import type { BrokenShim } from "../doctor/facts.ts";
import { readHead, SHIM_MARK } from "../host/search.ts";
import { isPermitted, readStatus } from "../host/status.ts";
import { SCRIPT_WORD, unquoteForScript } from "./quote.ts";
import { renderShims } from "./render.ts";
import type { ShimRequest } from "./render.ts";

/** More than any shim has. */
const MOST_BYTES = 1_048_576;

const OTHER = "is not what `pale shims` writes";

/** What the files of a shim and its way out would be, for a pale at some path. */
type Wanted = Omit<ShimRequest, "pale" | "plan">;

/** Which of a shim's files do not do what they are for, and why: to be said after their names. */
export function findBrokenShims(directory: string, wanted: Wanted): BrokenShim[] {
  return renderShims({ ...wanted, pale: "" }).flatMap(({ name }) => {
    const render = (pale: string) =>
      renderShims({ ...wanted, pale }).find((each) => each.name === name)?.text;
    const problem = findProblem(join(directory, name), render);
    return problem ? [{ name, ...problem }] : [];
  });
}

type Render = (pale: string) => string | undefined;

function findProblem(path: string, render: Render): Omit<BrokenShim, "name"> | undefined {
  const status = readStatus(path);
  const text = readHead(path, MOST_BYTES, "utf8");
  if (status && (!status.isFile() || !text.includes(SHIM_MARK))) {
    return { reason: "is no shim of pale", isForeign: true };
  }
  const reason = status ? findReason(path, text, render) : "is not there";
  return reason === undefined ? undefined : { reason, isForeign: false };
}

function findReason(path: string, text: string, render: Render): string | undefined {
  if (!isPermitted(path, constants.X_OK)) return "is not executable";
  const pale = findPale(text);
  if (pale === undefined) return OTHER;
  if (!isPermitted(pale, constants.X_OK)) return `starts ${pale}, which is not there`;
  return leavePlanOut(text) === render(pale) ? undefined : OTHER;
}

const START = new RegExp(String.raw`^(?:exec|real)[ =](${SCRIPT_WORD})(?: run --shim |$)`, "mu");
const PLAN = new RegExp(String.raw`( run --shim )--plan ${SCRIPT_WORD} `, "gu");

function findPale(text: string): string | undefined {
  const word = START.exec(text)?.[1];
  return word === undefined ? undefined : unquoteForScript(word);
}

function leavePlanOut(text: string): string {
  return text.replaceAll(PLAN, "$1");
}
