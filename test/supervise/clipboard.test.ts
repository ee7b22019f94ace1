import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { ClipboardEvent } from "../../src/log/entry.ts";
import type { ClipboardReader } from "../../src/plan/plan.ts";
import { answerRequest } from "../../src/supervise/clipboard.ts";
import type { Errand, ErrandEnd } from "../../src/supervise/errand.ts";

/** A display whose clipboard holds these. */
function startDisplay(
  contents: Record<string, string>,
  content: ClipboardReader["content"],
  kind: "x11" | "wayland" | "none" = "x11",
) {
  const events: ClipboardEvent[] = [];
  const errands: Errand[] = [];
  const run = async (errand: Errand): Promise<ErrandEnd> => {
    errands.push(errand);
    const isList = errand.args.some((word) => word === "TARGETS" || word === "--list-types");
    const text = isList ? Object.keys(contents).join("\n") : contents[errand.args.at(-1) ?? ""];
    return text === undefined ? { kind: "failed" } : { kind: "done", output: Buffer.from(text) };
  };
  const display = kind === "none" ? { kind } : { kind, program: `/usr/bin/${kind}` };
  const session = { DISPLAY: ":0", XAUTHORITY: "/x", WAYLAND_DISPLAY: "w", DBUS: "secret" };
  const options = {
    reader: { content, display },
    session,
    run,
    onEvent: (event: ClipboardEvent) => void events.push(event),
  };
  const ask = async (request: string): Promise<string> => {
    const answer = await answerRequest(request, options);
    return answer.kind === "ok" ? answer.content.toString() : `no: ${answer.reason}`;
  };
  return { ask, events, errands };
}

const BOTH = { TARGETS: "", "image/png": "PNG", UTF8_STRING: "text", "text/html": "<b>" };

const HINT = "x-kde-passwordManagerHint";

const NOT_LET_THROUGH = /^no: content of this type is not let through/u;

describe("the clipboard", () => {
  test("gives images alone, unless it may give text as well", async () => {
    const images = startDisplay(BOTH, "images");
    assert.equal(await images.ask("types"), "image/png");
    assert.equal(await images.ask("read image/png"), "PNG");
    assert.match(await images.ask("read UTF8_STRING"), NOT_LET_THROUGH);
    const all = startDisplay(BOTH, "all");
    assert.equal(await all.ask("types"), "image/png\nUTF8_STRING");
    assert.equal(await all.ask("read UTF8_STRING"), "text");
    assert.match(await all.ask("read text/html"), NOT_LET_THROUGH);
  });

  test("is noted in the log, without its content", async () => {
    const { ask, events } = startDisplay(BOTH, "images");
    for (const request of ["types", "read image/png", "read STRING"]) await ask(request);
    assert.deepEqual(events, [
      { event: "clipboard", type: "image/png", bytes: 3 },
      {
        event: "clipboard-refused",
        type: "STRING",
        reason: "content of this type is not let through; see `clipboard` in pale's policy",
      },
    ]);
  });

  test("gives nothing of what a password manager has marked", async () => {
    const marked = { ...BOTH, [HINT]: "secret" };
    const { ask } = startDisplay(marked, "all");
    for (const request of ["types", "read UTF8_STRING", "read image/png"]) {
      assert.equal(await ask(request), "no: a password manager marks it as a secret");
    }
    assert.equal(await startDisplay(BOTH, "all").ask("read UTF8_STRING"), "text", "control");
  });

  test("gives nothing that a password manager has put there while it was read", async () => {
    const contents: Record<string, string> = { UTF8_STRING: "text" };
    const { ask, errands } = startDisplay(contents, "all");
    errands.push = function push(...added: Errand[]) {
      // The first program has listed the types: now a password is copied.
      const isFirst = this.length === 0;
      const length = Array.prototype.push.apply(this, added);
      if (!isFirst) Object.assign(contents, { UTF8_STRING: "hunter2", [HINT]: "secret" });
      return length;
    };
    assert.equal(await ask("read UTF8_STRING"), "no: a password manager marks it as a secret");
    delete contents[HINT];
    const control = startDisplay(contents, "all");
    assert.equal(await control.ask("read UTF8_STRING"), "hunter2", "control");
  });

  test("that is empty, or of no display, says so", async () => {
    assert.match(
      await startDisplay({}, "all").ask("read image/png"),
      /holds nothing of this type/u,
    );
    const none = startDisplay(BOTH, "all", "none");
    assert.match(await none.ask("types"), /^no: there is no display/u);
    assert.match(await none.ask("read image/png"), /^no: there is no display/u);
    assert.deepEqual(none.errands, []);
  });

  test("is read by a program that gets no other variable than it needs", async () => {
    const { ask, errands } = startDisplay(BOTH, "images");
    await ask("read image/png");
    assert.deepEqual(errands[0]?.environment, { DISPLAY: ":0", XAUTHORITY: "/x" });
    const wayland = startDisplay(BOTH, "images", "wayland");
    await wayland.ask("read image/png");
    assert.deepEqual(wayland.errands[1]?.args, ["--no-newline", "--type", "image/png"]);
    assert.deepEqual(wayland.errands[0]?.environment, { WAYLAND_DISPLAY: "w" });
  });

  test("hands no word of a request to a program, whatever it is", async () => {
    const word = fc.oneof(fc.string(), fc.constantFrom("-i", "-o /etc/passwd", "-display x", "--"));
    const request = fc.oneof(
      word,
      word.map((each) => `read ${each}`),
    );
    const known = new Set(["-selection", "clipboard", "-o", "-t", "TARGETS", "image/png"]);
    await fc.assert(
      fc.asyncProperty(request, async (text) => {
        const { ask, errands } = startDisplay(BOTH, "images");
        await ask(text);
        assert.ok(errands.flatMap(({ args }) => args).every((each) => known.has(each)));
      }),
    );
  });
});
