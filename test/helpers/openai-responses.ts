import {
  asList,
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
 * OpenAI's Responses protocol, as codex speaks it. Codex offers one of two sets of
 * tools, by model: `exec_command` (models it does not know), or one `exec` that
 * runs JavaScript which calls the others (its own models).
 */

/** The response that answers a request. The model's items in the input say which turn is next. */
export function answerResponses(script: readonly Turn[], body: Json): Json {
  return {
    id: newCallId("resp_"),
    object: "response",
    created_at: 0,
    status: "completed",
    model: body["model"] ?? "scripted",
    output: [outputItem(script, body)],
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 20,
    },
  };
}

/** The same response as the events of a stream. */
export function responseEvents(response: Json): ServerEvent[] {
  const item = asList(response["output"])[0] ?? {};
  const started = { ...response, status: "in_progress", output: [], usage: null };
  return [
    { type: "response.created", response: started },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response },
  ];
}

export function responseToolResults(body: Json): ToolResult[] {
  return asList(body["input"])
    .filter((item) => String(item["type"]).endsWith("_call_output"))
    .map((item) => ({
      id: String(item["call_id"]),
      text: textOf(item["output"]),
      // Codex has no flag for it: the text tells the exit code or the error.
      failed: false,
    }));
}

function outputItem(script: readonly Turn[], body: Json): Json {
  const tools = toolNames(body);
  const runsJavaScript = tools.has("exec");
  const isConversation = runsJavaScript || tools.has("exec_command");
  const turn = isConversation ? turnAt(script, timesSpoken(body)) : { text: "scripted" };
  if (!("tool" in turn)) return messageItem(turn.text);
  return runsJavaScript ? javaScriptCall(turn) : commandCall(turn);
}

/** Tools stand in `tools`, in `additional_tools` items of the input, and inside namespaces. */
function toolNames(body: Json): Set<string> {
  const added = asList(body["input"]).flatMap((item) => asList(item["tools"]));
  const offered = [...asList(body["tools"]), ...added];
  const nested = offered.flatMap((tool) => asList(tool["tools"]));
  return new Set([...offered, ...nested].map((tool) => String(tool["name"])));
}

function timesSpoken(body: Json): number {
  return asList(body["input"]).filter(
    (item) =>
      String(item["type"]).endsWith("_call") ||
      (item["type"] === "message" && item["role"] === "assistant"),
  ).length;
}

function messageItem(text: string): Json {
  return {
    type: "message",
    id: newCallId("msg_"),
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function commandCall(turn: ToolTurn): Json {
  return {
    type: "function_call",
    id: newCallId("fc_"),
    call_id: newCallId("call_"),
    status: "completed",
    name: "exec_command",
    arguments: JSON.stringify({ cmd: commandLine(turn), yield_time_ms: 30_000 }),
  };
}

function javaScriptCall(turn: ToolTurn): Json {
  return {
    type: "custom_tool_call",
    id: newCallId("ctc_"),
    call_id: newCallId("call_"),
    status: "completed",
    name: "exec",
    input: javaScript(turn),
  };
}

function javaScript(turn: ToolTurn): string {
  const patch = patchFor(turn);
  if (patch !== undefined) return `text(await tools.apply_patch(${JSON.stringify(patch)}));`;
  const call = JSON.stringify({ cmd: commandLine(turn), yield_time_ms: 30_000 });
  const report = 'text(ran.output); text("Process exited with code " + ran.exit_code);';
  return `const ran = await tools.exec_command(${call}); ${report}`;
}

/** Codex looks for `apply_patch <<` in a command and applies the patch itself. */
function commandLine(turn: ToolTurn): string {
  if (turn.tool === "bash") return turn.command;
  if (turn.tool === "read") return `cat '${turn.path.replaceAll("'", `'\\''`)}'`;
  return `apply_patch <<'PATCH'\n${patchFor(turn)}PATCH`;
}

function patchFor(turn: ToolTurn): string | undefined {
  if (turn.tool === "write") {
    return patchText(`*** Add File: ${turn.path}`, prefixLines("+", turn.content));
  }
  if (turn.tool === "edit") {
    const change = `@@\n${prefixLines("-", turn.before)}${prefixLines("+", turn.after)}`;
    return patchText(`*** Update File: ${turn.path}`, change);
  }
  return undefined;
}

function patchText(heading: string, change: string): string {
  return `*** Begin Patch\n${heading}\n${change}*** End Patch\n`;
}

function prefixLines(sign: "+" | "-", text: string): string {
  const lines = text.replace(/\n$/u, "").split("\n");
  return lines.map((line) => `${sign}${line}\n`).join("");
}
