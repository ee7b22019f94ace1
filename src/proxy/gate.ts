import { type ClientHello, parseClientHello } from "./client-hello.ts";
import type { Reason } from "./reasons.ts";
import type { Verdict } from "./rules.ts";

/**
 * What a tunnel's client must say before it may talk to the server, so that an allowed name is
 * not a way to another one behind the same address.
 */
export type Gate =
  /** Nothing: the rules allow this whatever is said. */
  | { kind: "raw" }
  /** TLS that names the same host. */
  | { kind: "tls"; name: string }
  /** The same if it is TLS, and `http` if it is that; anything else passes, also a server that speaks first (ssh). */
  | { kind: "tls-if-spoken"; name: string }
  /** Plain requests, each for the same host. */
  | { kind: "http"; name: string };

/** None where the rules allow whatever is said; else by the port. */
export function chooseGate(verdict: Extract<Verdict, { verdict: "allow" }>, port: number): Gate {
  if (!verdict.inspect) return { kind: "raw" };
  const { name } = verdict.destination;
  if (port === 443) return { kind: "tls", name };
  return port === 80 ? { kind: "http", name } : { kind: "tls-if-spoken", name };
}

export type GateWord = { kind: "pass" } | { kind: "http" } | { kind: "refuse"; reason: Reason };

/** Judges the first bytes of a client; `undefined` while they may still become either. */
export function judgeFirstBytes(
  bytes: Uint8Array,
  gate: Extract<Gate, { kind: "tls" | "tls-if-spoken" }>,
): GateWord | undefined {
  if (bytes.length === 0) return undefined;
  const hello = parseClientHello(bytes);
  if (!hello) return undefined;
  if (hello.kind === "not-tls" && gate.kind === "tls-if-spoken") return judgeOther(bytes);
  const named = readServerName(hello);
  if (named.kind === "refuse") return named;
  if (named.name.toLowerCase() === gate.name) return { kind: "pass" };
  return { kind: "refuse", reason: "server-name-mismatch" };
}

/** TLS that does not begin with its hello is still TLS to servers: they skip alerts, and know SSL 2's hello. */
function judgeOther(bytes: Uint8Array): GateWord | undefined {
  const [first = 0] = bytes;
  if (first >= 0x14 && first <= 0x18) return judgeRecord(bytes);
  return first >= 0x80 ? judgeOldHello(bytes) : judgeText(bytes);
}

const MALFORMED: GateWord = { kind: "refuse", reason: "malformed-hello" };

function judgeRecord([, major]: Uint8Array): GateWord | undefined {
  if (major === undefined) return undefined;
  return major === 3 ? MALFORMED : { kind: "pass" };
}

/** Two bytes of length, then the type and the version. */
function judgeOldHello([, , type, major]: Uint8Array): GateWord | undefined {
  if (major === undefined && (type === undefined || type === 1)) return undefined;
  return type === 1 && major === 3 ? MALFORMED : { kind: "pass" };
}

function judgeText(bytes: Uint8Array): GateWord | undefined {
  const text = Buffer.from(bytes.subarray(0, MOST_REQUEST_LINE)).toString("latin1");
  if (REQUEST_LINE.test(text)) return { kind: "http" };
  const isOpen = text.length < MOST_REQUEST_LINE && MAY_BECOME_ONE.test(text);
  return isOpen ? undefined : { kind: "pass" };
}

const MOST_REQUEST_LINE = 8192;
/** Of any version; servers skip empty lines before it. */
const REQUEST_LINE = /^[\r\n]*[A-Z]{1,32} \S+ HTTP\/\d\.\d\r?\n/u;
const MAY_BECOME_ONE = /^[\r\n]*(?:[A-Z]{1,32}(?: \S*(?: [A-Z]{0,4}[/\d.]{0,4}\r?)?)?)?$/u;

/**
 * The server that a hello asks for, or why nobody can tell. An encrypted hello is refused, the
 * decoys of browsers with it; `hiddenAllowed` is for where the name in it decides nothing.
 */
export function readServerName(
  hello: ClientHello,
  hiddenAllowed = false,
): { kind: "named"; name: string } | { kind: "refuse"; reason: Reason; name: string } {
  switch (hello.kind) {
    case "not-tls":
      return { kind: "refuse", reason: "not-tls", name: "" };
    case "malformed":
      return { kind: "refuse", reason: "malformed-hello", name: "" };
    case "hello": {
      const name = hello.serverName ?? "";
      if (hello.encrypted && !hiddenAllowed)
        return { kind: "refuse", reason: "encrypted-client-hello", name };
      if (name === "") return { kind: "refuse", reason: "no-server-name", name };
      return { kind: "named", name };
    }
  }
}
