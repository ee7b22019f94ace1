/**
 * What the scripted model does, one turn per answer. A turn names a kind of act;
 * each protocol turns it into the tool of whichever agent is asking.
 */
export type Turn = ToolTurn | { readonly text: string };

export type ToolTurn =
  | { readonly tool: "bash"; readonly command: string }
  | { readonly tool: "write"; readonly path: string; readonly content: string }
  /** Claude refuses to edit a file that the same session has not read or written. */
  | { readonly tool: "read"; readonly path: string }
  /** `before` and `after` are whole lines, each ending in a newline: codex patches know no less. */
  | {
      readonly tool: "edit";
      readonly path: string;
      readonly before: string;
      readonly after: string;
    };

/** What an agent sent back as the outcome of one tool call. */
export type ToolResult = { readonly id: string; readonly text: string; readonly failed: boolean };

/** A JSON object as it came over the wire: every field is checked where it is used. */
export type Json = { readonly [key: string]: unknown };

/** Answered to every request that comes after the script's last turn. */
export const LAST_TURN: Turn = { text: "done" };

const FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["bash", ["command"]],
  ["write", ["path", "content"]],
  ["read", ["path"]],
  ["edit", ["path", "before", "after"]],
]);

/** Read a script file's text: a JSON array of turns. A misspelt turn is an error. */
export function parseScript(text: string): Turn[] {
  return asList(JSON.parse(text)).map(parseTurn);
}

/** The turn that answers a conversation in which the model has spoken `spoken` times. */
export function turnAt(script: readonly Turn[], spoken: number): Turn {
  return script[spoken] ?? LAST_TURN;
}

/**
 * An id that names the turn and is new in every conversation, so that results
 * of two agents (or of two runs) on one server are told apart.
 */
export function newCallId(prefix: string): string {
  return `${prefix}${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
}

export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function asList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** Text of a message's content: a string, or blocks of which some hold a `text`. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return asList(content)
    .map((block) => (typeof block["text"] === "string" ? block["text"] : ""))
    .join("");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseTurn(value: Json): Turn {
  if (!isTurn(value)) throw new TypeError(`not a turn: ${JSON.stringify(value)}`);
  return value;
}

function isTurn(value: Json): value is Turn {
  const fields = "tool" in value ? FIELDS.get(value["tool"]) : ["text"];
  return fields?.every((field) => typeof value[field] === "string") ?? false;
}
