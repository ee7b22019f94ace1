import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { startModelApi, type ModelApi } from "./model-api.ts";
import { ModelProcess } from "./model-process.ts";
import { asList, asObject, parseScript, type Json, type Turn } from "./model-script.ts";

const SCRIPT: Turn[] = [{ tool: "bash", command: "id" }, { text: "that is all" }];

const CLAUDE_TOOLS = [{ name: "Bash" }, { name: "Write" }];

async function post(url: string, body: Json): Promise<Response> {
  return await fetch(url, { method: "POST", body: JSON.stringify(body) });
}

async function ask(api: ModelApi, where: string, body: Json): Promise<Json> {
  const response = await post(`${api.url}${where}`, body);
  return asObject(await response.json());
}

/** The parsed `data:` lines of a stream. */
async function events(response: Response): Promise<Json[]> {
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
  return lines.map((line) => asObject(JSON.parse(line.slice("data: ".length))));
}

describe("a script", () => {
  it("is read from JSON", () => {
    assert.deepEqual(parseScript(JSON.stringify(SCRIPT)), SCRIPT);
  });

  for (const turn of [{ tool: "bash" }, { tool: "dance" }, { txt: "done" }, "done"]) {
    it(`may not hold ${JSON.stringify(turn)}`, () => {
      assert.throws(() => parseScript(JSON.stringify([turn])), /^TypeError: not a turn/u);
    });
  }
});

describe("the scripted model in Anthropic's protocol", () => {
  const prompt = { role: "user", content: "hello" };
  const body = { model: "m", tools: CLAUDE_TOOLS, messages: [prompt] };

  it("makes the call that the script's first turn names", async () => {
    await using api = await startModelApi(SCRIPT);
    const message = await ask(api, "/v1/messages", body);
    assert.equal(message["stop_reason"], "tool_use");
    const [call] = asList(message["content"]);
    assert.equal(call?.["name"], "Bash");
    assert.equal(asObject(call?.["input"])["command"], "id");
  });

  it("uses the tool names of the agent that asks", async () => {
    await using api = await startModelApi(SCRIPT);
    const message = await ask(api, "/v1/messages", { ...body, tools: [{ name: "bash" }] });
    assert.equal(asList(message["content"])[0]?.["name"], "bash");
  });

  it("streams the same message as events", async () => {
    await using api = await startModelApi(SCRIPT);
    const response = await post(`${api.url}/v1/messages?beta=true`, { ...body, stream: true });
    const stream = await events(response);
    assert.deepEqual(
      stream.map((event) => event["type"]),
      [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ],
    );
    const delta = asObject(stream[2]?.["delta"]);
    assert.equal(asObject(JSON.parse(String(delta["partial_json"])))["command"], "id");
  });

  it("goes on after the tool's result, and records it", async () => {
    await using api = await startModelApi(SCRIPT);
    const call = { type: "tool_use", id: "toolu_1", name: "Bash", input: {} };
    const result = {
      type: "tool_result",
      tool_use_id: "toolu_1",
      content: "uid=0",
      is_error: true,
    };
    const messages = [
      prompt,
      { role: "assistant", content: [call] },
      { role: "user", content: [result] },
    ];
    const message = await ask(api, "/v1/messages", { ...body, messages });
    assert.equal(asList(message["content"])[0]?.["text"], "that is all");
    assert.deepEqual(api.toolResults(), [{ id: "toolu_1", text: "uid=0", failed: true }]);
  });

  it("says done when the script is over", async () => {
    await using api = await startModelApi([]);
    const message = await ask(api, "/v1/messages", body);
    assert.equal(asList(message["content"])[0]?.["text"], "done");
  });

  it("answers a side request without playing a turn", async () => {
    await using api = await startModelApi(SCRIPT);
    const message = await ask(api, "/v1/messages", { messages: [prompt], max_tokens: 1 });
    assert.equal(message["stop_reason"], "end_turn");
    assert.equal(asList(message["content"])[0]?.["text"], "scripted");
  });
});

describe("the scripted model in OpenAI's protocol", () => {
  const prompt = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };
  const body = { model: "m", tools: [{ name: "exec_command" }], input: [prompt] };

  it("makes the call that the script's first turn names", async () => {
    await using api = await startModelApi(SCRIPT);
    const [call] = asList((await ask(api, "/v1/responses", body))["output"]);
    assert.equal(call?.["name"], "exec_command");
    assert.equal(asObject(JSON.parse(String(call?.["arguments"])))["cmd"], "id");
  });

  it("writes JavaScript for a model that calls its tools from it", async () => {
    await using api = await startModelApi(SCRIPT);
    const tools = [{ type: "namespace", tools: [{ name: "exec" }] }];
    const input = [{ type: "additional_tools", tools }, prompt];
    const [call] = asList((await ask(api, "/v1/responses", { input }))["output"]);
    assert.equal(call?.["type"], "custom_tool_call");
    assert.match(String(call?.["input"]), /tools\.exec_command\(\{"cmd":"id"/u);
  });

  it("streams the same response as events", async () => {
    await using api = await startModelApi(SCRIPT);
    const stream = await events(await post(`${api.url}/v1/responses`, { ...body, stream: true }));
    assert.deepEqual(
      stream.map((event) => event["type"]),
      [
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
      ],
    );
  });

  it("goes on after the tool's result, and records it", async () => {
    await using api = await startModelApi(SCRIPT);
    const input = [
      prompt,
      { type: "function_call", call_id: "call_1", name: "exec_command" },
      { type: "function_call_output", call_id: "call_1", output: "uid=0" },
    ];
    const [answer] = asList((await ask(api, "/v1/responses", { ...body, input }))["output"]);
    assert.equal(asList(answer?.["content"])[0]?.["text"], "that is all");
    assert.deepEqual(api.toolResults(), [{ id: "call_1", text: "uid=0", failed: false }]);
  });
});

describe("the scripted model on the side", () => {
  const requests = [
    { method: "HEAD", where: "/api/hello", status: 200 },
    { method: "GET", where: "/v1/models?limit=1", status: 200 },
    { method: "POST", where: "/v1/messages/count_tokens", status: 200 },
    { method: "POST", where: "/v1/embeddings", status: 404 },
  ];
  for (const { method, where, status } of requests) {
    it(`answers ${method} ${where} with ${status}, and records it`, async () => {
      await using api = await startModelApi(SCRIPT);
      const response = await fetch(`${api.url}${where}`, { method });
      assert.equal(response.status, status);
      assert.deepEqual(
        api.requests.map((request) => [request.method, request.path]),
        [[method, where]],
      );
    });
  }
});

describe("the scripted model as a process", () => {
  it("answers, and tells what it was asked", async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "pale-model-"));
    try {
      using model = new ModelProcess(SCRIPT, directory);
      const body = { tools: CLAUDE_TOOLS, messages: [] };
      const response = await post(`${model.url}/v1/messages`, body);
      assert.equal(asObject(await response.json())["stop_reason"], "tool_use");
      assert.deepEqual(
        model.requests().map((request) => request.body),
        [body],
      );
      assert.deepEqual(model.toolResults(), []);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
