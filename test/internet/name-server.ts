import { createSocket, type RemoteInfo } from "node:dgram";
import { createServer } from "node:net";
import { findRecords, type Records } from "./zone.ts";

/** The world's name server: answers A and AAAA from the zone, over UDP and TCP. */

export type Query = {
  name: string;
  type: number;
  /** The address that was asked. */
  server: string;
};

const A = 1;
const AAAA = 28;

export async function startNameServer(
  address: string,
  onQuery: (query: Query) => void,
): Promise<void> {
  const answer = (message: Buffer) => answerQuery(message, address, onQuery);
  const udp = createSocket("udp4");
  udp.on("message", (message: Buffer, from: RemoteInfo) => {
    udp.send(answer(message), from.port, from.address);
  });
  const tcp = createServer((socket) => {
    // Short queries from tests: one segment each.
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const reply = answer(bytes.subarray(2));
      socket.write(Buffer.concat([Buffer.of(reply.length >> 8, reply.length & 0xff), reply]));
    });
  });
  await new Promise<void>((resolve) => udp.bind(53, address, resolve));
  await new Promise<void>((resolve) => tcp.listen(53, address, resolve));
}

const answered = new Map<string, number>();

function answerQuery(message: Buffer, server: string, onQuery: (query: Query) => void): Buffer {
  const { name, type, end } = readQuestion(message);
  onQuery({ name, type, server });
  const records = findRecords(name.toLowerCase());
  const data = records ? chooseData(name.toLowerCase(), type, records) : [];
  const header = Buffer.alloc(12);
  message.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8580 | (records ? 0 : 3), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data.length, 6);
  return Buffer.concat([header, message.subarray(12, end), ...data.map(renderRecord)]);
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function chooseData(name: string, type: number, records: Records): Buffer[] {
  if (type === AAAA) return (records.six ?? []).map(encodeSix);
  if (type !== A) return [];
  const before = answered.get(name) ?? 0;
  answered.set(name, before + 1);
  const addresses = before > 0 ? (records.later ?? records.four) : records.four;
  return (addresses ?? []).map((text) => Buffer.from(text.split(".").map(Number)));
}

/** Never kept: every connection asks anew. */
function renderRecord(data: Buffer): Buffer {
  const type = data.length === 4 ? A : AAAA;
  const head = Buffer.of(0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length);
  return Buffer.concat([head, data]);
}

function encodeSix(text: string): Buffer {
  const mapped = /^::ffff:(?<four>[\d.]+)$/u.exec(text)?.groups?.["four"];
  if (mapped)
    return Buffer.from([...Array(10).fill(0), 255, 255, ...mapped.split(".").map(Number)]);
  const [head = "", tail = ""] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const missing = Array<string>(8 - groups(head).length - groups(tail).length).fill("0");
  return Buffer.from(
    [...groups(head), ...missing, ...groups(tail)].flatMap((group) => {
      const number = Number.parseInt(group, 16);
      return [number >> 8, number & 0xff];
    }),
  );
}
