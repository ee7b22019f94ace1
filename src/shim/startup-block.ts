/**
 * The part of a shell's startup file that is pale's own: lines between two marks, last in the
 * file. Texts are bytes as latin1, so that a file in any encoding comes back as it was.
 */

const START = "# >>> pale >>>";
const END = "# <<< pale <<<";
const EXPLANATION = "# Keep this last: it puts the shims first on PATH. Out: `pale teardown`.";
/** What removal has to know, in the block because nothing else stays with the file. */
const MADE = "# This file was made by pale.";
const UNENDED = "# The line above had no newline at its end.";

/** A text without its block; `undefined` when there was no file before the block. */
export type Taken =
  | { kind: "taken"; text: string | undefined; hadBlock: boolean }
  /** A mark without the other one. */
  | { kind: "damaged"; line: number };

/** @param command the line that the shell evaluates, as UTF-8 text */
export function appendBlock(text: string | undefined, command: string): string {
  const isUnended = text !== undefined && text !== "" && !text.endsWith("\n");
  const notes = [...(text === undefined ? [MADE] : []), ...(isUnended ? [UNENDED] : [])];
  const written = Buffer.from(command, "utf8").toString("latin1");
  const lines = [START, EXPLANATION, ...notes, written, END, ""];
  return `${text ?? ""}${isUnended ? "\n" : ""}${lines.join("\n")}`;
}

/** Take every block out; the text is what it was before `appendBlock`. */
export function takeBlock(text: string): Taken {
  const found = findBlocks(text);
  if (found.kind === "damaged") return found;
  let rest: string | undefined = text;
  for (const block of found.blocks.toReversed()) rest = cut(rest ?? "", block);
  return { kind: "taken", text: rest, hadBlock: found.blocks.length > 0 };
}

/** Where the last block ends, as an offset; 0 when there is none. */
export function findBlockEnd(text: string): number {
  const found = findBlocks(text);
  return found.kind === "found" ? (found.blocks.at(-1)?.end ?? 0) : 0;
}

type Block = { start: number; end: number; lines: string[] };
type Found = { kind: "found"; blocks: Block[] } | { kind: "damaged"; line: number };

function findBlocks(text: string): Found {
  const blocks: Block[] = [];
  let open: { block: Block; line: number } | undefined;
  let [at, line] = [0, 0];
  for (const raw of text.split(/(?<=\n)/u)) {
    line += 1;
    const content = raw.trimEnd();
    if ((content === START) === (open !== undefined) && (content === START || content === END)) {
      return { kind: "damaged", line: open?.line ?? line };
    }
    if (content === START) open = { block: { start: at, end: at, lines: [] }, line };
    at += raw.length;
    open?.block.lines.push(content);
    if (content !== END || open === undefined) continue;
    blocks.push({ ...open.block, end: at });
    open = undefined;
  }
  return open === undefined ? { kind: "found", blocks } : { kind: "damaged", line: open.line };
}

function cut(text: string, { start, end, lines }: Block): string | undefined {
  const [before, after] = [text.slice(0, start), text.slice(end)];
  if (lines.includes(MADE) && before === "" && after === "") return undefined;
  // What came after the block since then needs the newline.
  const isLast = lines.includes(UNENDED) && after === "";
  return (isLast ? before.replace(/\n$/u, "") : before) + after;
}
