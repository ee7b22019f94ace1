import { UserError } from "../errors.ts";

/** `type` absent: whatever suits best; `endsLine`: a text gets a line feed at its end. */
export type ClipboardWish =
  | { kind: "types" }
  | { kind: "content"; type: string | undefined; endsLine: boolean };

/**
 * What the words of `xclip` and `wl-paste` ask for, as far as agents and people use them to read.
 *
 * @throws UserError for another clipboard, for writing, and for words that are not known
 */
export function readClipboardArguments([command, ...words]: readonly string[]): ClipboardWish {
  if (command === "xclip") return readXclip(words);
  if (command === "wl-paste") return readWlPaste(words);
  throw new UserError("`xclip` or `wl-paste` is needed", { hint: "pale clipboard xclip -o" });
}

/** Its options may be cut short: `-sel c`. */
const XCLIP_OPTIONS = ["selection", "target", "out", "in", "filter", "display", "loops"] as const;

const XCLIP_WITH_VALUE: ReadonlySet<string> = new Set(["selection", "target", "display", "loops"]);

/** They change nothing about what is read. */
const XCLIP_IDLE = /^-(?:silent|quiet|verbose|noutf8|rmlastnl|r)$/u;

function readXclip(words: readonly string[]): ClipboardWish {
  const given = new Map<string, string>();
  for (const queue = words.filter((word) => !XCLIP_IDLE.test(word)); queue.length > 0;) {
    const option = nameXclipOption(queue.shift() ?? "");
    given.set(option, XCLIP_WITH_VALUE.has(option) ? (queue.shift() ?? "") : "");
  }
  if (!given.has("out")) throw notWritable();
  // What is only selected with the mouse is the default of the real one.
  if (!given.get("selection")?.startsWith("c")) throw otherClipboard("-selection clipboard");
  const type = given.get("target") ?? "UTF8_STRING";
  return type === "TARGETS" ? { kind: "types" } : { kind: "content", type, endsLine: false };
}

function nameXclipOption(word: string): string {
  const cut = /^-([a-z]+)$/u.exec(word)?.[1];
  const option = XCLIP_OPTIONS.find((name) => cut !== undefined && name.startsWith(cut));
  if (option === undefined) throw unknownWord("xclip", word);
  return option;
}

const WL_PASTE_SWITCHES: Readonly<Record<string, string>> = {
  "-n": "--no-newline",
  "-l": "--list-types",
  "-p": "--primary",
  "-t": "--type",
};

const WL_PASTE_OPTIONS: ReadonlySet<string> = new Set(Object.values(WL_PASTE_SWITCHES));

function readWlPaste(words: readonly string[]): ClipboardWish {
  const given = new Map<string, string>();
  for (const queue = words.flatMap(splitType); queue.length > 0;) {
    const word = queue.shift() ?? "";
    const option = WL_PASTE_SWITCHES[word] ?? word;
    if (!WL_PASTE_OPTIONS.has(option)) throw unknownWord("wl-paste", word);
    given.set(option, option === "--type" ? (queue.shift() ?? "") : "");
  }
  if (given.has("--primary")) throw otherClipboard("leave `--primary` out");
  if (given.has("--list-types")) return { kind: "types" };
  const type = given.get("--type");
  const endsLine = !given.has("--no-newline");
  return { kind: "content", type: type === "text" ? undefined : type, endsLine };
}

function splitType(word: string): string[] {
  return word.startsWith("--type=") ? ["--type", word.slice("--type=".length)] : [word];
}

function notWritable(): UserError {
  return new UserError("the clipboard cannot be written from inside the sandbox", { hint: WHOLE });
}

function otherClipboard(hint: string): UserError {
  return new UserError("only the clipboard itself can be read from inside the sandbox", { hint });
}

function unknownWord(command: string, word: string): UserError {
  return new UserError(`pale's \`${command}\` does not know \`${word}\``, {
    hint: WHOLE,
  });
}

const WHOLE = "to have the real one, show the whole display: pale run -u x11, or -u wayland";
