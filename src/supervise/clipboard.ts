import { IMAGE_TYPES, TEXT_TYPES } from "../clipboard-words.ts";
import type { ClipboardEvent } from "../log/entry.ts";
import type { ClipboardReader } from "../plan/plan.ts";
import type { RunErrand } from "./errand.ts";
import { pickDisplay, type Session } from "./session.ts";

export type ClipboardAnswer = { kind: "ok"; content: Buffer } | { kind: "no"; reason: string };

export type ClipboardOptions = {
  reader: ClipboardReader;
  session: Session;
  run: RunErrand;
  onEvent: (event: ClipboardEvent) => void;
};

const LIST_MILLISECONDS = 2500;
const READ_MILLISECONDS = 10_000;
const MOST_LIST_BYTES = 65_536;
const MOST_BYTES = 32 * 1024 * 1024;

/** Password managers put it beside what they copy. */
const SECRET_HINT = "x-kde-passwordManagerHint";

/** Answers one line of a request; whatever it is, no word of it gets to a program outside. */
export async function answerRequest(
  request: string,
  options: ClipboardOptions,
): Promise<ClipboardAnswer> {
  const { reader, onEvent } = options;
  const types = await listTypes(options);
  if (request === "types") return Array.isArray(types) ? ok(types.join("\n")) : types;
  const wanted = /^read (.*)$/u.exec(request)?.[1] ?? "";
  const answer = Array.isArray(types)
    ? await readType(wanted, types, options)
    : isAllowed(reader, wanted)
      ? types
      : no(NOT_LET_THROUGH);
  onEvent(
    answer.kind === "ok"
      ? { event: "clipboard", type: wanted, bytes: answer.content.length }
      : { event: "clipboard-refused", type: wanted, reason: answer.reason },
  );
  return answer;
}

const NOT_LET_THROUGH = "content of this type is not let through; see `clipboard` in pale's policy";

/** Those that are there and let through. */
async function listTypes(options: ClipboardOptions): Promise<string[] | NotAnswered> {
  const { display } = options.reader;
  if (display.kind === "none")
    return no("there is no display: DISPLAY and WAYLAND_DISPLAY are empty");
  const args = display.kind === "x11" ? [...XCLIP, "TARGETS"] : ["--list-types"];
  const limits = { milliseconds: LIST_MILLISECONDS, mostBytes: MOST_LIST_BYTES };
  const end = await start(options, args, limits);
  if (end.kind !== "done") return no(EMPTY);
  const offered = end.output.toString("latin1").split(/\r?\n/u);
  if (offered.includes(SECRET_HINT)) return no("a password manager marks it as a secret");
  return offered.filter((type) => isAllowed(options.reader, type));
}

type NotAnswered = Extract<ClipboardAnswer, { kind: "no" }>;

const EMPTY = "the clipboard is empty, or cannot be read";

const XCLIP = ["-selection", "clipboard", "-o", "-t"];

/** Only what has been found in a list of ours is ever a word for a program. */
async function readType(
  wanted: string,
  types: readonly string[],
  options: ClipboardOptions,
): Promise<ClipboardAnswer> {
  const type = types.find((each) => each === wanted);
  if (!isAllowed(options.reader, wanted)) return no(NOT_LET_THROUGH);
  if (type === undefined) return no("the clipboard holds nothing of this type");
  const { kind } = options.reader.display;
  const args = kind === "x11" ? [...XCLIP, type] : ["--no-newline", "--type", type];
  const limits = { milliseconds: READ_MILLISECONDS, mostBytes: MOST_BYTES };
  const end = await start(options, args, limits);
  if (end.kind === "done") return recheck(end.output, options);
  return no(end.kind === "too-much" ? `it is larger than ${MOST_BYTES} bytes` : EMPTY);
}

/** A secret may have been put there after the types were listed; it is there for longer than this takes. */
async function recheck(content: Buffer, options: ClipboardOptions): Promise<ClipboardAnswer> {
  const types = await listTypes(options);
  return Array.isArray(types) ? { kind: "ok", content } : types;
}

function isAllowed({ content }: ClipboardReader, type: string): boolean {
  return IMAGE_TYPES.includes(type) || (content === "all" && TEXT_TYPES.includes(type));
}

type Limits = { milliseconds: number; mostBytes: number };

function start(
  { reader, session, run }: ClipboardOptions,
  args: readonly string[],
  limits: Limits,
) {
  const { display } = reader;
  if (display.kind === "none") throw new Error("no display to read the clipboard of");
  const environment = pickDisplay(session, display.kind);
  return run({ program: display.program, args, environment, ...limits });
}

function ok(text: string): ClipboardAnswer {
  return { kind: "ok", content: Buffer.from(text) };
}

function no(reason: string): NotAnswered {
  return { kind: "no", reason };
}
