import {
  asList,
  asObject,
  newCallId,
  textOf,
  turnAt,
  type Json,
  type ToolResult,
  type ToolTurn,
  type Turn,
} from "./model-script.ts";
import type { ServerEvent } from "./server-events.ts";

/**
 * Anthropic's Messages protocol, as Claude Code and pi speak it. The server keeps
 * no state: the number of assistant messages in a request says which turn is next.
 */

/** The message that answers a request; side requests (titles, quota) get harmless text. */
export function answerMessages(script: readonly Turn[], body: Json): Json {
  const block = contentBlock(script, body);
  return {
    id: newCallId("msg_"),
    type: "message",
    role: "assistant",
    model: body["model"] ?? "scripted",
    content: [block],
    stop_reason: block["type"] === "tool_use" ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 10,
      output_tokens: 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  };
}

/** The same message as the events of a stream. */
export function messageEvents(message: Json): ServerEvent[] {
  const block = asList(message["content"])[0] ?? {};
  const isTool = block["type"] === "tool_use";
  const delta = isTool
    ? { type: "input_json_delta", partial_json: JSON.stringify(block["input"]) }
    : { type: "text_delta", text: block["text"] };
  const opening = isTool ? { ...block, input: {} } : { ...block, text: "" };
  const start = { ...message, content: [], stop_reason: null };
  const stop = { stop_reason: message["stop_reason"], stop_sequence: null };
  return [
    { type: "message_start", message: start },
    { type: "content_block_start", index: 0, content_block: opening },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: stop, usage: message["usage"] },
    { type: "message_stop" },
  ];
}

export function messageToolResults(body: Json): ToolResult[] {
  return asList(body["messages"])
    .flatMap((message) => asList(message["content"]))
    .filter((block) => block["type"] === "tool_result")
    .map((block) => ({
      id: String(block["tool_use_id"]),
      text: textOf(block["content"]),
      failed: block["is_error"] === true,
    }));
}

function contentBlock(script: readonly Turn[], body: Json): Json {
  const tools = asList(body["tools"]).map((tool) => String(tool["name"]));
  if (!isConversation(body, tools)) return { type: "text", text: sideAnswer(body) };
  const messages = asList(body["messages"]);
  const spoken = messages.filter((message) => message["role"] === "assistant").length;
  const turn = turnAt(script, spoken);
  if (!("tool" in turn)) return { type: "text", text: turn.text };
  const call = tools.includes("Bash") ? claudeCall(turn) : piCall(turn);
  return { type: "tool_use", id: newCallId("toolu_"), ...call };
}

/** Claude asks for suggestions of the user's next prompt with all tools, but lets none run. */
function isConversation(body: Json, tools: readonly string[]): boolean {
  const last = asList(body["messages"]).findLast((message) => message["role"] === "user");
  const suggesting = textOf(last?.["content"]).includes("[SUGGESTION MODE");
  return !suggesting && (tools.includes("Bash") || tools.includes("bash"));
}

function sideAnswer(body: Json): string {
  const format = asObject(asObject(body["output_config"])["format"]);
  return format["type"] === "json_schema" ? JSON.stringify({ title: "scripted" }) : "scripted";
}

function claudeCall(turn: ToolTurn): { name: string; input: Json } {
  if (turn.tool === "bash") {
    return { name: "Bash", input: { command: turn.command, description: "Scripted command" } };
  }
  const file_path = turn.path;
  if (turn.tool === "write") return { name: "Write", input: { file_path, content: turn.content } };
  if (turn.tool === "read") return { name: "Read", input: { file_path } };
  const strings = { old_string: turn.before, new_string: turn.after };
  return { name: "Edit", input: { file_path, ...strings } };
}

function piCall(turn: ToolTurn): { name: string; input: Json } {
  if (turn.tool === "bash") return { name: "bash", input: { command: turn.command } };
  const path = turn.path;
  if (turn.tool === "write") return { name: "write", input: { path, content: turn.content } };
  if (turn.tool === "read") return { name: "read", input: { path } };
  const edits = [{ oldText: turn.before, newText: turn.after }];
  return { name: "edit", input: { path, edits } };
}
