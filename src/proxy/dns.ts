import { createCursor, type Cursor } from "./cursor.ts";

/** DNS messages (RFC 1035) as far as a responder needs that knows no zone and asks no one. */

export type DnsQuery =
  | {
      kind: "query";
      id: number;
      name: string;
      type: number;
      question: Uint8Array;
      edns: boolean;
      recursion: boolean;
    }
  /** Answerable with a code only: `1` malformed, `4` not implemented. */
  | { kind: "unanswerable"; id: number; code: 1 | 4 }
  /** Not even that: too short, or itself a response. */
  | { kind: "ignored" };

export const DNS_TYPE = { a: 1, aaaa: 28, any: 255 } as const;

export function parseDnsQuery(bytes: Uint8Array): DnsQuery {
  const cursor = createCursor(bytes);
  const header = readHeader(cursor);
  if (!header || header.flags >= 0x8000) return { kind: "ignored" };
  const { id, flags } = header;
  if ((flags & 0x7800) !== 0) return { kind: "unanswerable", id, code: 4 };
  const question = header.questions === 1 ? readQuestion(cursor) : undefined;
  if (!question) return { kind: "unanswerable", id, code: 1 };
  const bytesOfIt = bytes.slice(HEADER_SIZE, cursor.offset());
  const edns = header.onlyAdditional && startsWithOption(cursor);
  const recursion = (flags & 0x0100) !== 0;
  return { kind: "query", id, ...question, question: bytesOfIt, edns, recursion };
}

export type DnsAnswer =
  | { kind: "address"; address: Uint8Array; ttl: number }
  /** The name is there, but has nothing of this type. */
  | { kind: "empty" }
  /** The name is not there; `text` says why to who understands extended errors (RFC 8914). */
  | { kind: "no-such-name"; text: string };

export function encodeDnsAnswer(
  query: Extract<DnsQuery, { kind: "query" }>,
  answer: DnsAnswer,
): Uint8Array {
  const records = answer.kind === "address" ? [encodeAddress(query.type, answer)] : [];
  const options = query.edns ? [encodeOptions(answer)] : [];
  const code = answer.kind === "no-such-name" ? 3 : 0;
  const header = encodeHeader(query.id, {
    code,
    recursion: query.recursion,
    counts: [1, records.length, 0, options.length],
  });
  return Buffer.concat([header, query.question, ...records, ...options]);
}

export function encodeDnsError(query: Extract<DnsQuery, { kind: "unanswerable" }>): Uint8Array {
  return encodeHeader(query.id, { code: query.code, recursion: false, counts: [0, 0, 0, 0] });
}

const HEADER_SIZE = 12;

type Header = { id: number; flags: number; questions: number; onlyAdditional: boolean };

function readHeader(cursor: Cursor): Header | undefined {
  const numbers = Array.from({ length: HEADER_SIZE / 2 }, () => cursor.number(2));
  const [id, flags, questions, answers, authorities, additional] = numbers;
  if (id === undefined || flags === undefined || questions === undefined) return undefined;
  if (additional === undefined) return undefined;
  const onlyAdditional = answers === 0 && authorities === 0 && additional > 0;
  return { id, flags, questions, onlyAdditional };
}

function readQuestion(cursor: Cursor): { name: string; type: number } | undefined {
  const name = readName(cursor);
  const type = cursor.number(2);
  const internet = cursor.number(2) === 1;
  return name === undefined || type === undefined || !internet ? undefined : { name, type };
}

/** One character per byte. A dot inside a label would read as two labels, and a pointer has nothing to point at in a question: both are malformed. */
function readName(cursor: Cursor): string | undefined {
  const labels: string[] = [];
  for (let size = 0; size <= 255;) {
    const length = cursor.number(1);
    if (length === undefined || length > 63) return undefined;
    if (length === 0) return labels.join(".");
    const label = cursor.bytes(length);
    if (!label || label.includes(0x2e)) return undefined;
    labels.push(Buffer.from(label).toString("latin1"));
    size += length + 1;
  }
  return undefined;
}

const OPTION_RECORD = 41;

/** The option record has the root as its name; clients put it first. */
function startsWithOption(cursor: Cursor): boolean {
  return cursor.number(1) === 0 && cursor.number(2) === OPTION_RECORD;
}

type HeaderFields = { code: number; recursion: boolean; counts: number[] };

/** Says "recursion available": stub resolvers give up on servers that do not. */
function encodeHeader(id: number, { code, recursion, counts }: HeaderFields): Buffer {
  const flags = 0x8000 | 0x0080 | (recursion ? 0x0100 : 0) | code;
  return encodeNumbers([id, flags, ...counts]);
}

function encodeAddress(
  type: number,
  { address, ttl }: Extract<DnsAnswer, { kind: "address" }>,
): Buffer {
  const questionName = 0xc00c;
  const answered = type === DNS_TYPE.any ? DNS_TYPE.a : type;
  const head = encodeNumbers([questionName, answered, 1, ttl >>> 16, ttl & 0xffff, address.length]);
  return Buffer.concat([head, address]);
}

const BLOCKED = 15;
const EXTENDED_ERROR = 15;
/** Largest answer over UDP that this responder takes and gives without fragments. */
const UDP_SIZE = 1232;

function encodeOptions(answer: DnsAnswer): Buffer {
  const text = answer.kind === "no-such-name" ? Buffer.from(answer.text, "ascii") : undefined;
  const option = text ? [encodeNumbers([EXTENDED_ERROR, text.length + 2, BLOCKED]), text] : [];
  const data = Buffer.concat(option);
  return Buffer.concat([
    Buffer.of(0),
    encodeNumbers([OPTION_RECORD, UDP_SIZE, 0, 0, data.length]),
    data,
  ]);
}

/** Big-endian numbers of 16 bits. */
function encodeNumbers(numbers: number[]): Buffer {
  return Buffer.from(numbers.flatMap((number) => [number >>> 8, number & 0xff]));
}
