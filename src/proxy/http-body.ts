import { headerValues, parseHeaderLine, type RequestHead } from "./http-head.ts";

/**
 * Where a request's body ends. The proxy must know to the byte: what follows it would be a second
 * request, which nobody has looked at yet.
 */
export type SoundFraming =
  | { kind: "none" }
  | { kind: "length"; length: number }
  | { kind: "chunked" };

export type Framing = SoundFraming | { kind: "malformed" };

/** Refuses what servers are known to read in two ways (RFC 9112, 6.3 and 11.2). */
export function readFraming(head: RequestHead): Framing {
  const lengths = headerValues(head, "content-length");
  const encodings = headerValues(head, "transfer-encoding");
  if (encodings.length > 0) {
    const [encoding, ...others] = encodings;
    const sound = encoding?.toLowerCase() === "chunked" && others.length === 0;
    if (!sound || lengths.length > 0 || head.version === "1.0") return { kind: "malformed" };
    return { kind: "chunked" };
  }
  const [length, ...others] = lengths;
  if (length === undefined) return { kind: "none" };
  if (others.length > 0 || !/^\d{1,15}$/u.test(length)) return { kind: "malformed" };
  return Number(length) === 0 ? { kind: "none" } : { kind: "length", length: Number(length) };
}

/** What may go on to the server from one piece of input, and whether the body has ended with it. */
export type BodyPiece = { output: Buffer[]; state: "more" | "done" | "malformed" };

export type BodyReader = { state(): BodyPiece["state"]; feed(input: Buffer): BodyPiece };

/**
 * Takes the client's bytes as they come. Bytes behind the body's end are dropped. Chunks are
 * written anew, so that the server reads the sizes that the proxy has read; chunk extensions and
 * trailers, which a proxy may discard, do not go on.
 */
export function createBodyReader(framing: SoundFraming): BodyReader {
  return createReader(framing, () => true);
}

/** The same, and only what the chunks hold, without their sizes. */
export function createPayloadReader(framing: SoundFraming): BodyReader {
  return createReader(framing, ({ at }) => at !== "line");
}

function createReader(framing: SoundFraming, isWanted: (step: Step) => boolean): BodyReader {
  let state: Step = firstStep(framing);
  return {
    state: () => outward(state),
    feed: (input) => {
      const output: Buffer[] = [];
      for (let rest = input; rest.length > 0 && outward(state) === "more";) {
        const step = advance(state, rest);
        if (isWanted(state)) output.push(...step.output);
        rest = rest.subarray(step.consumed);
        state = step.next;
      }
      return { output, state: outward(state) };
    },
  };
}

type Step =
  | { at: "bytes"; left: number }
  | { at: "line"; line: Buffer; of: "size" | "trailer" | "chunk-end"; trailerBytes: number }
  | { at: "chunk"; left: number }
  | { at: "done" | "malformed" };

type Advance = { output: Buffer[]; consumed: number; next: Step };

/** In bytes with the line's end; for trailers all together. */
const MAX_LINE = { size: 512, "chunk-end": 2, trailer: 16_384 };

function firstStep(framing: SoundFraming): Step {
  switch (framing.kind) {
    case "none":
      return { at: "done" };
    case "length":
      return { at: "bytes", left: framing.length };
    case "chunked":
      return startLine("size");
  }
}

function outward(step: Step): BodyPiece["state"] {
  return step.at === "done" || step.at === "malformed" ? step.at : "more";
}

function advance(step: Step, input: Buffer): Advance {
  if (step.at === "line") return advanceLine(step, input);
  if (step.at !== "bytes" && step.at !== "chunk") return { output: [], consumed: 0, next: step };
  const output = input.subarray(0, step.left);
  const left = step.left - output.length;
  const ended: Step = step.at === "bytes" ? { at: "done" } : startLine("chunk-end");
  const next: Step = left > 0 ? { at: step.at, left } : ended;
  return { output: [output], consumed: output.length, next };
}

type LineStep = Extract<Step, { at: "line" }>;

/** Collects bytes up to a line feed, which must follow a carriage return. */
function advanceLine(step: LineStep, input: Buffer): Advance {
  const feed = input.indexOf(0x0a);
  const consumed = feed < 0 ? input.length : feed + 1;
  const line = Buffer.concat([step.line, input.subarray(0, consumed)]);
  if (line.length > MAX_LINE[step.of] - step.trailerBytes)
    return { output: [], consumed, next: { at: "malformed" } };
  if (feed < 0) return { output: [], consumed, next: { ...step, line } };
  const text = line.toString("latin1");
  if (!text.endsWith("\r\n")) return { output: [], consumed, next: { at: "malformed" } };
  return { consumed, ...readLine({ ...step, line }, text.slice(0, -2)) };
}

function readLine(step: LineStep, text: string): Omit<Advance, "consumed"> {
  switch (step.of) {
    case "size":
      return readSize(text);
    case "chunk-end":
      if (text !== "") return { output: [], next: { at: "malformed" } };
      return { output: [Buffer.from("\r\n")], next: startLine("size") };
    case "trailer":
      return readTrailer(step, text);
  }
}

function readSize(text: string): Omit<Advance, "consumed"> {
  const match = /^(?<size>[\da-f]{1,12})(?:[ \t]*;[\t\u0020-\u007E\u0080-\u00FF]*)?$/iu.exec(text);
  const size = Number.parseInt(match?.groups?.["size"] ?? "", 16);
  if (Number.isNaN(size)) return { output: [], next: { at: "malformed" } };
  if (size === 0) return { output: [], next: startLine("trailer") };
  const output = [Buffer.from(`${size.toString(16)}\r\n`)];
  return { output, next: { at: "chunk", left: size } };
}

function readTrailer(step: LineStep, text: string): Omit<Advance, "consumed"> {
  if (text === "") return { output: [Buffer.from("0\r\n\r\n")], next: { at: "done" } };
  if (!parseHeaderLine(text)) return { output: [], next: { at: "malformed" } };
  return { output: [], next: startLine("trailer", step.trailerBytes + step.line.length) };
}

function startLine(of: LineStep["of"], trailerBytes = 0): Step {
  return { at: "line", line: Buffer.alloc(0), of, trailerBytes };
}
