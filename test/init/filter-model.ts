/**
 * What the filter (src/init/filter.c) keeps, said a second time and in another way: over the whole
 * text at once, by patterns. docs/terminal.md is the list in words.
 */
export function filterAll(bytes: Uint8Array): Buffer {
  const { signs, parts } = split(Buffer.from(bytes).toString("latin1"));
  return Buffer.from(new Walk(signs, parts).run(), "latin1");
}

/** Stands for every character that is neither ASCII nor a control, and for a byte that is none. */
const TEXT = "\u00FF";

const CHARACTER =
  /[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}|\xED[\x80-\x9F][\x80-\xBF]|\xF0[\x90-\xBF][\x80-\xBF]{2}|[\xF1-\xF3][\x80-\xBF]{3}|\xF4[\x80-\x8F][\x80-\xBF]{2}/uy;
const UNFINISHED =
  /(?:[\xC2-\xDF]|\xE0[\xA0-\xBF]?|[\xE1-\xEC\xEE\xEF][\x80-\xBF]?|\xED[\x80-\x9F]?|\xF0(?:[\x90-\xBF][\x80-\xBF]?)?|[\xF1-\xF3][\x80-\xBF]{0,2}|\xF4(?:[\x80-\x8F][\x80-\xBF]?)?)$/uy;

/** One sign for each character, and its bytes. An unfinished one at the end is dropped. */
function split(text: string): { signs: string; parts: string[] } {
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += parts.at(-1)?.length ?? 1) {
    CHARACTER.lastIndex = at;
    UNFINISHED.lastIndex = at;
    if (UNFINISHED.test(text)) break;
    parts.push(CHARACTER.exec(text)?.[0] ?? text.charAt(at));
  }
  return { signs: parts.map(signOf).join(""), parts };
}

function signOf(part: string): string {
  const last = part.slice(-1);
  const isControl = part.length === 1 || /^\xC2[\x80-\x9F]$/u.test(part);
  return isControl && last < "\u00A0" ? last : TEXT;
}

const CUTS = "\\x18\\x1A\\x1B\\x80-\\x9F";
/** How many bytes are held at most. */
const HELD = 1024;

type Verdict =
  | { kind: "keep" | "drop" | "cut" | "drop-control"; length: number }
  | { kind: "keep-string" | "drop-string"; length: number; bell: boolean };

class Walk {
  readonly #signs: string;
  readonly #parts: readonly string[];
  #at = 0;
  #open = false;
  #out = "";

  constructor(signs: string, parts: readonly string[]) {
    this.#signs = signs;
    this.#parts = parts;
  }

  run(): string {
    while (this.#at < this.#signs.length) {
      const rest = this.#signs.slice(this.#at, this.#at + HELD + 8);
      const verdict = judge(rest);
      if (verdict) this.#apply(this.#limit(rest, verdict));
      else this.#copy(1);
    }
    if (this.#open) this.#out += "\u001B\\";
    return this.#out;
  }

  #copy(length: number): void {
    const end = this.#at + length;
    this.#out += this.#parts.slice(this.#at, end).join("");
    if (/[\x18\x1A\x9C]/u.test(this.#signs.slice(this.#at, end))) this.#open = false;
    this.#at = end;
  }

  /** What is longer than may be held is removed, up to where that was found out. */
  #limit(rest: string, verdict: Verdict): Verdict {
    let bytes = 0;
    for (let length = 0; length < verdict.length; length += 1) {
      bytes += this.#parts[this.#at + length]?.length ?? 0;
      if (bytes > HELD) return overlong(rest, length + 1);
    }
    return verdict;
  }

  #apply(verdict: Verdict): void {
    const { kind, length } = verdict;
    if (kind === "keep" || kind === "keep-string") {
      this.#copy(length);
      this.#open = kind === "keep-string";
    } else this.#at += length;
    if (kind.startsWith("drop")) {
      if (this.#open) this.#out += "\u001B\\";
      this.#open = false;
    }
    if (kind === "keep-string") this.#passString(verdict.bell);
    if (kind === "drop-string") this.#skip(verdict.bell ? STRING_WITH_BELL : STRING);
    if (kind === "drop-control") this.#skip(CONTROL_REST);
  }

  #passString(bell: boolean): void {
    const body = /^[^\x07\x18\x1A\x1B\x90\x98\x9B-\x9F]*/u;
    for (;;) {
      const rest = this.#signs.slice(this.#at);
      this.#copy(body.exec(rest)?.[0].length ?? 0);
      const next = this.#signs.charAt(this.#at);
      if (next !== "\u0007" && !/[\x18\x1A\x9C]/u.test(next)) return;
      this.#copy(1);
      if (next === "\u0007" && bell) this.#open = false;
      if (next !== "\u0007" || bell) return;
    }
  }

  #skip(pattern: RegExp): void {
    this.#at += pattern.exec(this.#signs.slice(this.#at))?.[0].length ?? 0;
  }
}

const STRING = /^[^\x18\x1A\x1B\x90\x98\x9B-\x9F]*(?:[\x18\x1A\x9C]|\x1B\\)?/u;
const STRING_WITH_BELL = /^[^\x07\x18\x1A\x1B\x90\x98\x9B-\x9F]*(?:[\x07\x18\x1A\x9C]|\x1B\\)?/u;
const CONTROL_REST = /^[^\x40-\x7E\x18\x1A\x1B\x80-\x9F]*[\x40-\x7E\x18\x1A]?/u;

/** ESC and what follows it before a letter, or a control that stands for both. */
const START = new RegExp(
  `^(?:\\x1B[^\\x20-\\x7E${CUTS}]*([\\x20-\\x7E])?|([\\x90\\x98\\x9B\\x9D-\\x9F]))`,
  "u",
);

function overlong(rest: string, length: number): Verdict {
  const [start = "", letter] = readStart(rest) ?? [];
  if (length <= start.length) return { kind: "drop", length };
  if (letter === "[") return { kind: "drop-control", length };
  if (rest.charAt(length - 1) === "\u001B") return { kind: "cut", length: length - 1 };
  const last = rest.slice(0, length);
  if (last.endsWith("\u001B\\") || last.endsWith(ONE_BYTE_END)) return { kind: "drop", length };
  if (letter === "]" || letter === "P")
    return { kind: "drop-string", length, bell: letter === "]" };
  return { kind: "drop", length };
}

function readStart(text: string): [start: string, letter: string | undefined] | undefined {
  const match = START.exec(text);
  if (!match) return undefined;
  const [start, letter, control] = match;
  return [start, control ? String.fromCodePoint((control.codePointAt(0) ?? 0) - 0x40) : letter];
}

/** `undefined` where no sequence begins. `cut`: something else begins before it is decided. */
function judge(text: string): Verdict | undefined {
  const found = readStart(text);
  if (!found) return undefined;
  const [start, letter] = found;
  const { length } = start;
  const rest = text.slice(length);
  if (letter === undefined) return { kind: "cut", length };
  if (letter === "[") return judgeControl(rest, length);
  if (letter === "]") return judgeString(rest, length, COMMANDS);
  if (letter === "P") return judgeString(rest, length, DEVICE);
  if (/[X^_]/u.test(letter)) return { kind: "keep-string", length, bell: false };
  if (letter === "G" || letter === "}") return { kind: "drop", length };
  if (letter >= "0") return { kind: "keep", length };
  return judgeDesignation(rest, letter, length);
}

function judgeDesignation(rest: string, letter: string, length: number): Verdict {
  const body = new RegExp(`^[^\\x30-\\x7E${CUTS}]*`, "u").exec(rest)?.[0] ?? "";
  const final = rest.charAt(body.length);
  if (!/[\x30-\x7E]/u.test(final)) return { kind: "cut", length: length + body.length };
  const kept = letter !== "%" || (body === "" && final === "G");
  return { kind: kept ? "keep" : "drop", length: length + body.length + 1 };
}

function judgeControl(rest: string, before: number): Verdict {
  const body = new RegExp(`^[^\\x40-\\x7E${CUTS}]*`, "u").exec(rest)?.[0] ?? "";
  const final = rest.charAt(body.length);
  if (!/[\x40-\x7E]/u.test(final)) return { kind: "cut", length: before + body.length };
  const kept = isHarmless(body, final);
  return { kind: kept ? "keep" : "drop", length: before + body.length + 1 };
}

function isHarmless(body: string, final: string): boolean {
  if (!/[tyi]/u.test(final)) return true;
  const match = /^([<-?]?)([0-;]*)([\x20-\x2F]?)$/u.exec(body);
  if (!match) return false;
  const [, mark = "", parameters = "", intermediate = ""] = match;
  if (final === "y") return intermediate !== "*";
  if (final === "i" || intermediate !== "") return intermediate !== "";
  const numbers = parameters.split(/[:;]/u).map(Number);
  const isSize = [3, 4, 8].includes(numbers[0] ?? 0);
  const asked = numbers.filter((_, index) => !(isSize && (index === 1 || index === 2)));
  return mark === "" && asked.every((each) => each !== 20 && each !== 21 && each < 100_000_000);
}

/** What begins a string that is kept, or is all of it: each up to where that is decided. */
type Kept = { begins: RegExp[]; whole: RegExp[]; undecided: RegExp; bell: boolean };

const REMOVED = "0*(?:3|2[01]|46|5[0125]|83|70[15]|5113|5522|5379|538[0-3])(?!\\d)|0*[1-9]\\d{8}";
const KEPT_NUMBER = `(?!${REMOVED})\\d*`;
const ITERM_NAMES =
  "CurrentDir|RemoteHost|ShellIntegrationVersion|CursorShape|SetMark|ReportCellSize|HighlightCursorLine|UnicodeVersion|FilePart|FileEnd";
const IMAGE = `0*1337;(?:Multipart)?File=(?=(?:[ -9;-~]*;)?inline=1(?:;|:|$))(?!(?:[ -9;-~]*;)?inline=(?!1(?:;|:|$)))(?![ -9;-~]*(?:^|[;=])inline=[ -9;-~]*[;=]inline=)[ -9;-~]*`;

/** Characters that are not ASCII are skipped by some. */
const NOTICE_REMOVED = `[0${TEXT}]*(?:[67]${TEXT}*;|[1-9](?:${TEXT}*\\d){8})`;

const COMMANDS: Kept = {
  bell: true,
  begins: [
    /^[A-Za-z]/u,
    new RegExp(`^(?!0*(?:9|1337);)${KEPT_NUMBER};`, "u"),
    new RegExp(`^0*9;(?:(?!${NOTICE_REMOVED})[\\d${TEXT}]*;|[\\d${TEXT}]*[ -/:<-~])`, "u"),
    new RegExp(`^0*1337;(?:${ITERM_NAMES})=`, "u"),
    new RegExp(`^${IMAGE}:`, "u"),
  ],
  whole: [
    new RegExp(`^${KEPT_NUMBER}$`, "u"),
    new RegExp(`^0*9;[\\d${TEXT}]*$`, "u"),
    new RegExp(`^0*1337;(?:${ITERM_NAMES})$`, "u"),
    new RegExp(`^${IMAGE}$`, "u"),
  ],
  undecided: new RegExp(
    `^(?:\\d*|0*9;[\\d${TEXT}]*|0*1337;[ -<>-~]*|0*1337;(?:Multipart)?File=[ -9;-~]*)$`,
    "u",
  ),
};

const DEVICE: Kept = {
  bell: false,
  begins: [/^(?:[0-;][0-?]*)?q/u, /^=[0-?]*s/u],
  whole: [/^\$q[ -~]{0,3}$/u, /^\+q[0-9A-Fa-f;]*$/u],
  undecided: /^(?:[0-?]*[ -/]?|\$q[ -~]{0,3}|\+q[0-9A-Fa-f;]*)$/u,
};

/** Not known to every terminal: those that do not would read on. */
const ONE_BYTE_END = "\u009C";

/** Sign by sign, until it is decided. */
function judgeString(rest: string, before: number, kept: Kept): Verdict {
  const { bell } = kept;
  for (let length = 0; length < rest.length; length += 1) {
    const body = rest.slice(0, length);
    const end = readEnd(rest.slice(length), bell);
    if (end > 0) {
      const isKept =
        !rest.startsWith(ONE_BYTE_END, length) && kept.whole.some((pattern) => pattern.test(body));
      return { kind: isKept ? "keep" : "drop", length: before + length + end };
    }
    if (new RegExp(`^[${CUTS}]`, "u").test(rest.slice(length))) {
      return { kind: "cut", length: before + length };
    }
    const more = rest.slice(0, length + 1);
    const size = before + length + 1;
    if (kept.begins.some((pattern) => pattern.test(more))) {
      return { kind: "keep-string", length: size, bell };
    }
    if (!kept.undecided.test(more)) return { kind: "drop-string", length: size, bell };
  }
  return { kind: "cut", length: before + rest.length };
}

function readEnd(rest: string, bell: boolean): number {
  if (rest.startsWith("\u001B\\")) return 2;
  return rest.startsWith("\u009C") || (bell && rest.startsWith("\u0007")) ? 1 : 0;
}
