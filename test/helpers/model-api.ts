import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer as readBuffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import { answerMessages, messageEvents, messageToolResults } from "./anthropic-messages.ts";
import { LoginServer, type LoginScript } from "./login-server.ts";
import { listenOnLoopback } from "./loopback.ts";
import { asObject, parseScript, type Json, type ToolResult, type Turn } from "./model-script.ts";
import { answerResponses, responseEvents, responseToolResults } from "./openai-responses.ts";
import { renderEvents, type ServerEvent } from "./server-events.ts";

/**
 * A model API on loopback that plays a script, so that the real agents make real
 * tool calls without a network. It answers Anthropic's Messages (claude, pi) and
 * OpenAI's Responses (codex), and everything else they ask on the side. It keeps
 * no state of a conversation: each request holds all of it, so several agents may
 * share one server, each playing the script from its start.
 *
 * As a process: `bun test/helpers/model-api.ts --script FILE --port-file FILE
 * --log FILE [--key KEY]`. The port file appears, whole, once the server listens; the log
 * gets one JSON line per request; SIGTERM ends it.
 */

export type RecordedRequest = {
  readonly method: string;
  /** Path and query, as asked. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON body; an empty object when there was none. */
  readonly body: Json;
  /** Outcomes of all tool calls so far, oldest first, as the agent told them in this request. */
  readonly toolResults: readonly ToolResult[];
};

export type ModelApi = {
  readonly port: number;
  /** `http://127.0.0.1:PORT`: Claude's base URL. Codex wants it with `/v1`. */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Every tool call's outcome, in the order in which the agents first told them. */
  toolResults(): ToolResult[];
  [Symbol.asyncDispose](): Promise<void>;
};

export type ModelApiOptions = {
  /** Called with each request before it is answered. */
  onRequest?: (request: RecordedRequest) => void;
  /** Who may ask, where that is not everybody. */
  login?: LoginServer;
  /** Whoever does not show it is turned away. */
  key?: string | undefined;
};

export async function startModelApi(
  script: readonly Turn[],
  options: ModelApiOptions = {},
): Promise<ModelApi> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    // A body cut short means that the agent was killed: nobody waits for the answer.
    const text = await readBody(incoming).catch(() => undefined);
    if (text === undefined) return;
    const request = recordRequest(incoming, text);
    requests.push(request);
    options.onRequest?.(request);
    const own = options.login?.answer(request);
    const said = isKnown(request, options.key) ? answer(script, request) : UNKNOWN;
    send(outgoing, own ? { kind: "json", ...own } : said);
  });
  // Codex tries a WebSocket first with its own provider, and falls back when refused.
  server.on("upgrade", (_request, socket) => {
    socket.end("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    toolResults: () => mergeToolResults(requests),
    [Symbol.asyncDispose]: () => close(server),
  };
}

type Answer =
  | { kind: "json"; status: number; body: Json }
  | { kind: "events"; events: readonly ServerEvent[] };

function isKnown({ headers }: RecordedRequest, key: string | undefined): boolean {
  return (
    key === undefined ||
    headers["x-api-key"] === key ||
    headers["authorization"] === `Bearer ${key}`
  );
}

const UNKNOWN: Answer = {
  kind: "json",
  status: 401,
  body: { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } },
};

function answer(script: readonly Turn[], request: RecordedRequest): Answer {
  const { method, body } = request;
  const path = request.path.replace(/\?.*$/u, "");
  if (method === "GET" && path.endsWith("/models")) return json({ object: "list", data: [] });
  // Claude's preflights (`HEAD /api/hello`) and anything else it reads.
  if (method !== "POST") return json({});
  if (path.endsWith("/v1/messages/count_tokens")) return json({ input_tokens: 10 });
  if (path.endsWith("/v1/messages")) {
    const message = answerMessages(script, body);
    return body["stream"] === true ? events(messageEvents(message)) : json(message);
  }
  if (path.endsWith("/v1/responses") || path.endsWith("/codex/responses")) {
    const response = answerResponses(script, body);
    return body["stream"] === true ? events(responseEvents(response)) : json(response);
  }
  const error = { type: "not_found_error", message: `the scripted model knows no ${path}` };
  return { kind: "json", status: 404, body: { type: "error", error } };
}

function json(body: Json): Answer {
  return { kind: "json", status: 200, body };
}

function events(list: readonly ServerEvent[]): Answer {
  return { kind: "events", events: list };
}

function send(outgoing: ServerResponse, reply: Answer): void {
  if (reply.kind === "json") {
    outgoing.writeHead(reply.status, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(reply.body));
    return;
  }
  outgoing.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  outgoing.end(renderEvents(reply.events));
}

/** Codex packs what it sends with a log-in of ChatGPT. */
async function readBody(incoming: IncomingMessage): Promise<string> {
  const bytes = await readBuffer(incoming);
  const isPacked = incoming.headers["content-encoding"] === "zstd";
  return (isPacked ? zstdDecompressSync(bytes) : bytes).toString();
}

function recordRequest(incoming: IncomingMessage, text: string): RecordedRequest {
  const body = parseBody(text);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body,
    toolResults: [...messageToolResults(body), ...responseToolResults(body)],
  };
}

/** A body that is not JSON is kept, under `unparsed`, for the test that wonders. */
function parseBody(text: string): Json {
  if (text === "") return {};
  try {
    return asObject(JSON.parse(text));
  } catch {
    return { unparsed: text };
  }
}

/** Every tool call's outcome once, in the order in which the agents first told them. */
export function mergeToolResults(requests: readonly RecordedRequest[]): ToolResult[] {
  const byId = new Map<string, ToolResult>();
  for (const result of requests.flatMap((request) => request.toolResults)) {
    if (!byId.has(result.id)) byId.set(result.id, result);
  }
  return [...byId.values()];
}

/** Agents keep connections open; a test that ends does not wait for them. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      script: { type: "string" },
      "port-file": { type: "string" },
      log: { type: "string" },
      login: { type: "string" },
      key: { type: "string" },
    },
  });
  const { script, log, key, "port-file": portFile } = values;
  if (script === undefined || portFile === undefined || log === undefined) {
    throw new TypeError("usage: model-api.ts --script FILE --port-file FILE --log FILE");
  }
  const turns = parseScript(readFileSync(script, "utf8"));
  writeFileSync(log, "");
  const login: LoginScript | undefined =
    values.login && JSON.parse(readFileSync(values.login, "utf8"));
  const api = await startModelApi(turns, {
    ...(login && { login: new LoginServer(login) }),
    key,
    onRequest: (request) => appendFileSync(log, `${JSON.stringify(request)}\n`),
  });
  writeFileSync(`${portFile}.new`, `${api.port}\n`);
  renameSync(`${portFile}.new`, portFile);
  process.once("SIGTERM", () => process.exit(0));
}

if (import.meta.main) await main();
