import type { Refusal, RequestLine, Session } from "./context.ts";
import type { Header } from "./http-head.ts";
import { CredentialError } from "./credential.ts";
import { injectCredential, type Outgoing, swapPlaceholder } from "./inject.ts";
import { describeReason } from "./reasons.ts";
import { showUntrusted } from "./refuse.ts";
import {
  type Answerer,
  type Interception,
  judgeRequest,
  type RequestRule,
} from "./request-rules.ts";
import { listReplacements, Scrubber } from "./scrub.ts";

/** A host whose requests are looked at, on behalf of one client. */
export type Way = { session: Session; interception: Interception };

/** `path` with its query; `headers` with names in any case. */
export type AskedRequest = { method: string; path: string; headers: readonly Header[] };

/** One request that may go out, as it goes, and the account of it. */
export type Prepared =
  | { kind: "ready"; path: string; headers: readonly Header[]; account: Account }
  /** It does not go out: this answers it. */
  | { kind: "own"; answerer: Answerer; account: Account }
  | { kind: "refused"; refusal: Refusal };

/** Judge a request to the host, and put in what its rule says. What is refused is in the log. */
export async function prepareRequest(way: Way, asked: AskedRequest): Promise<Prepared> {
  const verdict = judgeRequest(way.interception, asked);
  if (verdict.verdict === "deny") return refuse(way, asked, { reason: verdict.reason });
  const { rule } = verdict;
  const admission = rule.budget?.admit();
  if (admission?.kind === "over") {
    return refuse(way, asked, { reason: "over-budget", retryAfter: admission.retryAfter });
  }
  const account = new Account(way, asked, rule);
  const answerer = way.interception.answerer?.(asked);
  if (answerer) return { kind: "own", answerer, account };
  const { swapped = [] } = way.interception;
  const isFilled = rule.inject !== undefined || swapped.length > 0;
  const headers = asked.headers.filter(({ name }) => isWanted(name, isFilled));
  const plain = { path: asked.path, headers };
  try {
    return { kind: "ready", ...(await fill(way, plain, { rule, account })), account };
  } catch (error) {
    return refuse(way, asked, describeMissing(error));
  }
}

type Filling = { rule: RequestRule; account: Account };

/** Puts in what the rule says, and what placeholders stand for. */
async function fill(
  { interception: { swapped = [] } }: Way,
  plain: Outgoing,
  { rule, account }: Filling,
): Promise<Outgoing> {
  const injected = rule.inject && (await rule.inject.credential.read());
  const { path, headers } =
    rule.inject && injected ? injectCredential(plain, rule.inject, injected.reveal()) : plain;
  let filled = headers;
  for (const credential of swapped) {
    const { placeholder, name } = credential;
    if (!filled.some(({ value }) => value.includes(placeholder))) continue;
    filled = swapPlaceholder(filled, placeholder, (await credential.read()).reveal());
    account.used(name);
  }
  return { path, headers: filled };
}

function describeMissing(error: unknown): Pick<Refusal, "reason" | "remedy"> {
  if (!(error instanceof CredentialError)) return { reason: "credential-unavailable" };
  return { reason: "login-ended", remedy: error.remedy };
}

/**
 * Answers are to be read here, so they must not be packed, nor asked for in parts that a credential
 * could be cut by. A server may answer with the whole instead.
 */
const HIDING = /^(?:accept-encoding|sec-websocket-extensions)$/iu;
const PARTIAL = /^(?:range|if-range)$/iu;

/** By these some servers take another method, or another path, than the one that was judged. */
const OVERRIDING =
  /^(?:x-http-method(?:-override)?|x-method-override|x-original-url|x-rewrite-url)$/iu;

function isWanted(name: string, isFilled: boolean): boolean {
  if (isFilled && PARTIAL.test(name)) return false;
  return !HIDING.test(name) && !OVERRIDING.test(name);
}

/** Says in the log that a request was refused. */
export function refuse(
  { session, interception: { host } }: Way,
  asked: Pick<AskedRequest, "method" | "path">,
  why: Pick<Refusal, "reason" | "retryAfter" | "remedy">,
): Extract<Prepared, { kind: "refused" }> {
  const { verdict } = describeReason(why.reason);
  const { reason } = why;
  const line = { ...showRequest(host, asked), verdict, reason, sent: 0, received: 0 };
  session.context.reportRequest?.(line);
  return { kind: "refused", refusal: { host, port: 443, ...why } };
}

/** What one request that went out came to; written to the log once, at its end. */
export class Account {
  readonly #way: Way;
  readonly #rule: RequestRule;
  readonly #line: RequestLine;
  #isClosed = false;

  constructor(way: Way, asked: AskedRequest, rule: RequestRule) {
    this.#way = way;
    this.#rule = rule;
    this.#line = {
      ...showRequest(way.interception.host, asked),
      verdict: "allow",
      sent: 0,
      received: 0,
      ...(rule.inject && { credential: rule.inject.credential.name }),
    };
  }

  /** Takes the credentials of the host out of what it answers. */
  makeScrubber(): Scrubber {
    const { credentials, rules } = this.#way.interception;
    const users = rules.flatMap(({ inject }) => (inject?.kind === "basic" ? [inject.user] : []));
    const values = credentials.flatMap((credential) => credential.values());
    return new Scrubber(
      values.flatMap(({ secret, placeholder }) => {
        return listReplacements(secret.reveal(), placeholder, users);
      }),
    );
  }

  /** @returns whether the budget has room for more */
  count(direction: "sent" | "received", bytes: number): boolean {
    this.#line[direction] += bytes;
    return this.#rule.budget?.spend(bytes) ?? true;
  }

  /** Says in the log what was put in. */
  used(credential: string): void {
    this.#line.credential = credential;
  }

  answered(status: number): void {
    this.#line.status = status;
  }

  /** @param reason why it did not end well */
  close(reason?: Refusal["reason"]): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const failure = reason && { verdict: describeReason(reason).verdict, reason };
    this.#way.session.context.reportRequest?.({ ...this.#line, ...failure });
  }
}

function showRequest(host: string, { method, path }: Pick<AskedRequest, "method" | "path">) {
  const [plain = ""] = path.split("?");
  return { host, method: showUntrusted(method), path: showUntrusted(plain) };
}
