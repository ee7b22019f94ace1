import type { Socket } from "node:net";
import type { SoundFraming } from "./http-body.ts";
import { readFraming } from "./http-body.ts";
import { type Header, parseHeaderLine, type RequestHead } from "./http-head.ts";
import { parseResponseHead } from "./http-message.ts";
import { consuming, readUntil } from "./read.ts";
import type { Reason } from "./reasons.ts";
import type { Scrubber } from "./scrub.ts";

/** The head of an answer that can be looked into. */
export type Answer = {
  kind: "answer";
  status: number;
  statusLine: string;
  headers: readonly Header[];
  framing: AnswerFraming;
};

export type AnswerFraming = SoundFraming | { kind: "until-end" };

/** The next head that the server sends, interim ones among them. */
export async function readAnswer(
  server: Socket,
  request: Pick<RequestHead, "method">,
): Promise<Answer | { kind: "refused"; reason: Reason }> {
  const reading = await readUntil(server, consuming(parseResponseHead));
  if (reading.kind !== "parsed") return { kind: "refused", reason: "unreachable" };
  const response = reading.value;
  if (response.kind === "opaque") return { kind: "refused", reason: "unreadable-response" };
  const [statusLine = "", ...lines] = response.head.toString("latin1").trimEnd().split("\r\n");
  const headers = lines.map(parseHeaderLine).filter((header) => header !== undefined);
  const { status } = response;
  const framing = chooseFraming(request.method, status, headers);
  if (!framing || (isEncoded(headers) && framing.kind !== "none")) {
    return { kind: "refused", reason: "unreadable-response" };
  }
  return { kind: "answer", status, statusLine, headers, framing };
}

/** As it goes to the client: its body, if it has one, is written anew. */
export function renderAnswer({ statusLine, headers }: Answer, scrubber: Scrubber): Buffer {
  const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
  const bytes = Buffer.from(`${statusLine}\r\n${lines}\r\n`, "latin1");
  return Buffer.concat([scrubber.feed(bytes), scrubber.end()]);
}

/** It was asked for nothing of the kind, and what is packed cannot be looked into. */
export function isEncoded(headers: readonly Header[]): boolean {
  return headers.some(({ name, value }) => {
    return name.toLowerCase() === "content-encoding" && !/^(?:identity)?$/iu.test(value.trim());
  });
}

/** `undefined`: in a way that nobody can be sure of. RFC 9112, 6.3. */
function chooseFraming(
  method: string,
  status: number,
  headers: readonly Header[],
): AnswerFraming | undefined {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304)
    return { kind: "none" };
  const hasLength = headers.some(({ name }) =>
    /^(?:content-length|transfer-encoding)$/iu.test(name),
  );
  if (!hasLength) return { kind: "until-end" };
  const framing = readFraming({ method, target: "", version: "1.1", headers });
  return framing.kind === "malformed" ? undefined : framing;
}
