import { constants } from "node:fs";
import { readHead, SHIM_MARK } from "../host/search.ts";
import { isPermitted, readStatus } from "../host/status.ts";
import { unquoteForScript } from "./quote.ts";

/** More than any shim has. */
const MOST_BYTES = 1_048_576;

/** To be said after the shim's name. */
export type ShimProblem = {
  reason: string;
  /** Something else stands in its place, which pale does not write over. */
  isForeign: boolean;
};

const OTHER = "is not what `pale shims` writes";

/**
 * Why a file does not do what its shim is for.
 *
 * @param render the shim's text without a plan, for a pale at some path
 */
export function findShimProblem(
  path: string,
  render: (pale: string) => string,
): ShimProblem | undefined {
  const status = readStatus(path);
  const text = readHead(path, MOST_BYTES, "utf8");
  if (status && (!status.isFile() || !text.includes(SHIM_MARK))) {
    return { reason: "is no shim of pale", isForeign: true };
  }
  const reason = status ? findReason(path, text, render) : "is not there";
  return reason === undefined ? undefined : { reason, isForeign: false };
}

function findReason(
  path: string,
  text: string,
  render: (pale: string) => string,
): string | undefined {
  if (!isPermitted(path, constants.X_OK)) return "is not executable";
  const pale = findPale(text);
  if (pale === undefined) return OTHER;
  if (!isPermitted(pale, constants.X_OK)) return `starts ${pale}, which is not there`;
  return leavePlanOut(text) === render(pale) ? undefined : OTHER;
}

/** One word as `quoteForScript` writes it. */
const WORD = String.raw`(?:'(?:[^']|'\\'')*'|[^\s'])+`;
const START = new RegExp(String.raw`^(?:exec|real)[ =](${WORD})(?: run --shim |$)`, "mu");
const PLAN = new RegExp(String.raw`( run --shim )--plan ${WORD} `, "gu");

function findPale(text: string): string | undefined {
  const word = START.exec(text)?.[1];
  return word === undefined ? undefined : unquoteForScript(word);
}

function leavePlanOut(text: string): string {
  return text.replaceAll(PLAN, "$1");
}
