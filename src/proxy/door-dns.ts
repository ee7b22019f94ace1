import { parseAddress } from "./addresses.ts";
import type { Context, Session } from "./context.ts";
import {
  DNS_TYPE,
  type DnsAnswer,
  type DnsQuery,
  encodeDnsAnswer,
  encodeDnsError,
  parseDnsQuery,
} from "./dns.ts";
import { isLoopbackName } from "./names.ts";
import { type Parser, readUntil } from "./read.ts";
import { explainRefusal } from "./refuse.ts";
import { reportRefusal } from "./report.ts";
import { decideName } from "./rules.ts";
import { writeAndWait } from "./tunnel.ts";

/**
 * Answers from the rules alone and asks nobody, so that no name carries data out. An allowed name
 * has the address 127.0.0.1, where the transparent doors are, or one where a door stands for it
 * alone, and no IPv6 address; another one
 * does not exist: on that a program stops at once and says so, while on a refusal it would try
 * again (glibc makes "temporary failure" of it). Only what is refused is in the log: what is
 * allowed is followed by a connection, which is.
 */
export function answerDnsQuery(context: Context, bytes: Uint8Array): Uint8Array | undefined {
  const query = parseDnsQuery(bytes);
  switch (query.kind) {
    case "ignored":
      return undefined;
    case "unanswerable":
      return encodeDnsError(query);
    case "query":
      return encodeDnsAnswer(query, chooseAnswer(context, query));
  }
}

/** Queries behind their lengths (RFC 1035, 4.2.2), one after the other. */
export async function serveDnsStream(session: Session): Promise<void> {
  const { client, context } = session;
  session.established();
  for (;;) {
    const reading = await readUntil(client, parseFrame, context.limits.handshakeMilliseconds);
    const answer = reading.kind === "parsed" ? answerDnsQuery(context, reading.value) : undefined;
    if (!answer) return client.destroySoon();
    const length = Buffer.of(answer.length >>> 8, answer.length & 0xff);
    await writeAndWait(client, Buffer.concat([length, answer]));
  }
}

/** Short, so that a rule that was added works soon. */
const TTL_SECONDS = 5;
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_SIX = Uint8Array.of(...Array<number>(15).fill(0), 1);

function chooseAnswer(context: Context, query: Extract<DnsQuery, { kind: "query" }>): DnsAnswer {
  const { name, type } = query;
  const own = isLoopbackName(name.toLowerCase());
  if (parseAddress(name) || /\.arpa$/iu.test(name)) return { kind: "no-such-name", text: "" };
  const verdict = decideName(context.policy(), name);
  if (!own && verdict.verdict === "deny") {
    const refusal = { reason: verdict.reason, host: name, port: undefined, rule: verdict.rule };
    reportRefusal({ context, door: "dns" }, refusal);
    return { kind: "no-such-name", text: explainRefusal(refusal).message.slice(0, 300) };
  }
  if (type === DNS_TYPE.a || type === DNS_TYPE.any) {
    const address = context.ownAddresses?.get(name.toLowerCase());
    return { kind: "address", address: address ? bytesOf(address) : LOOPBACK, ttl: TTL_SECONDS };
  }
  if (own && type === DNS_TYPE.aaaa) {
    return { kind: "address", address: LOOPBACK_SIX, ttl: TTL_SECONDS };
  }
  return { kind: "empty" };
}

function bytesOf(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

const parseFrame: Parser<Uint8Array> = (bytes) => {
  if (bytes.length < 2) return undefined;
  const end = 2 + bytes.readUInt16BE(0);
  return bytes.length < end ? undefined : { value: bytes.subarray(2, end), consumed: end };
};
