import { escapeUntrusted } from "../terminal.ts";
import type { Refusal } from "./context.ts";
import { describeReason } from "./reasons.ts";
import { suggestRule } from "./rules.ts";

/** What a refused client is told, in words for whoever reads them and in its own protocol. */

export type Explanation = {
  /** One line. */
  message: string;
  /** The rule that would let it through, where one can. */
  rule: string | undefined;
};

export function explainRefusal(refusal: Refusal): Explanation {
  const { text, verdict } = describeReason(refusal.reason);
  const subject = refusal.host === "" ? "this request" : showHost(refusal);
  const outcome = verdict === "deny" ? "is refused" : "cannot be reached";
  return {
    message: `${subject} ${outcome}: ${text}${renderDetail(refusal)}`,
    rule: suggestRule(refusal),
  };
}

/**
 * An HTTP response. The reason phrase says all: many clients (Go, Python, Java) show nothing else
 * of a refused CONNECT. The body is JSON for who asks for it.
 */
export function renderHttpRefusal(refusal: Refusal, accept = ""): Buffer {
  const { httpStatus, proxyStatus } = describeReason(refusal.reason);
  const { message, rule } = explainRefusal(refusal);
  const json = /\bjson\b/iu.test(accept);
  const body = json ? renderJson(refusal) : renderText({ message, rule });
  const advice = rule === undefined ? "" : ` (pale allow ${rule})`;
  const lines = [
    `HTTP/1.1 ${httpStatus} pale: ${printable(message + advice)}`,
    `Content-Type: ${json ? "application/json" : "text/plain; charset=utf-8"}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
    "Via: 1.1 pale",
    ...(refusal.retryAfter === undefined ? [] : [`Retry-After: ${refusal.retryAfter}`]),
    `Proxy-Status: pale; error=${proxyStatus}; details="${quoted(message)}"`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** A fatal alert, in the record version that every TLS client accepts. */
export function renderTlsAlert(refusal: Refusal): Buffer {
  const fatal = 2;
  return Buffer.of(0x15, 3, 3, 0, 2, fatal, describeReason(refusal.reason).alert);
}

/** A host with its port, safe to print; long nonsense is cut. */
export function showHost({ host, port }: Pick<Refusal, "host" | "port">): string {
  const shown = showUntrusted(host);
  return port === undefined ? shown : `${shown.includes(":") ? `[${shown}]` : shown}:${port}`;
}

/** Text from the sandbox for a log or a message. */
export function showUntrusted(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
  // No name has a blank; enough of them would begin what looks like another line.
  return escapeUntrusted(shown).replaceAll(" ", String.raw`\x20`);
}

const MAX_SHOWN = 255;

function renderDetail({ reason, rule, address, addressClass, remedy }: Refusal): string {
  const found = [address, addressClass, remedy].filter((part) => part !== undefined);
  const details = reason === "denied-by-rule" && rule !== undefined ? [rule] : found;
  return details.length === 0 ? "" : ` (${escapeUntrusted(details.join(", "))})`;
}

function renderText({ message, rule }: Explanation): string {
  const advice = rule === undefined ? "" : `allow it with: pale allow ${rule}\n`;
  return `pale: ${message}\n${advice}`;
}

function renderJson(refusal: Refusal): string {
  const { message, rule } = explainRefusal(refusal);
  const { host, port, reason } = refusal;
  const advice = rule === undefined ? {} : { allow: rule, command: `pale allow ${rule}` };
  const error = { by: "pale", reason, host: showUntrusted(host), port, message, ...advice };
  return `${JSON.stringify({ error })}\n`;
}

/** A reason phrase is ASCII without control characters. */
function printable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E]/gu, "?");
}

function quoted(text: string): string {
  return printable(text).replaceAll(/["\\]/gu, String.raw`\$&`);
}
