import type { Refusal, RequestLine, Session } from "./context.ts";
import type { Header } from "./http-head.ts";
import { injectCredential } from "./inject.ts";
import { describeReason } from "./reasons.ts";
import { showUntrusted } from "./refuse.ts";
import { type Interception, judgeRequest, type RequestRule } from "./request-rules.ts";
import { listReplacements, Scrubber } from "./scrub.ts";

/** A host whose requests are looked at, on behalf of one client. */
export type Way = { session: Session; interception: Interception };

/** `path` with its query; `headers` with names in any case. */
export type AskedRequest = { method: string; path: string; headers: readonly Header[] };

/** One request that may go out, as it goes, and the account of it. */
export type Prepared =
  | { kind: "ready"; path: string; headers: readonly Header[]; account: Account }
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
  const plain = { path: asked.path, headers: asked.headers.filter(isWanted) };
  const account = new Account(way, asked, rule);
  if (!rule.inject) return { kind: "ready", ...plain, account };
  try {
    const secret = await rule.inject.credential.read();
    return { kind: "ready", ...injectCredential(plain, rule.inject, secret.reveal()), account };
  } catch {
    return refuse(way, asked, { reason: "credential-unavailable" });
  }
}

/** Answers are to be read here, so they must not be packed. */
function isWanted({ name }: Header): boolean {
  return !/^(?:accept-encoding|sec-websocket-extensions)$/iu.test(name);
}

/** Says in the log that a request was refused. */
export function refuse(
  { session, interception: { host } }: Way,
  asked: Pick<AskedRequest, "method" | "path">,
  why: Pick<Refusal, "reason" | "retryAfter">,
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
