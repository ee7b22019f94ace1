import type { Budget } from "./budget.ts";
import type { Credential, LiveInjection } from "./credential.ts";
import { matchesPath, splitPath } from "./path-pattern.ts";
import type { Reason } from "./reasons.ts";

/** What is let through to a host whose requests are looked at, and what is put into it. */
export type RequestRule = {
  /** Empty: all. */
  methods: readonly string[];
  /** Patterns, see path-pattern.ts. Empty: all. */
  paths: readonly string[];
  /** Repositories that git may push to; absent: pushing is a request like others. */
  push?: readonly string[] | undefined;
  inject?: LiveInjection | undefined;
  budget?: Budget | undefined;
};

/** A host whose connections end at the proxy, on port 443. */
export type Interception = {
  host: string;
  /** The first that matches a request decides it. */
  rules: readonly RequestRule[];
  /** To be taken out of whatever the host answers. */
  credentials: readonly Credential[];
  /** Their placeholders are swapped where a header has one, whatever rule lets the request through. */
  swapped?: readonly Credential[] | undefined;
  /** What answers a request in the place of the host, if anything does. */
  answerer?: ((request: AskedRequest) => Answerer | undefined) | undefined;
};

/** From the body of a request to the answer, whose body is JSON. */
export type Answerer = (body: string) => Promise<OwnAnswer>;

export type OwnAnswer = { status: number; body: object };

/** `path` is what the request line says: with a query, if it has one. */
export type AskedRequest = { method: string; path: string };

export type RequestVerdict =
  | { verdict: "allow"; rule: RequestRule }
  | { verdict: "deny"; reason: Reason };

/** Judges one request to a host; that it is for this host has been seen to. */
export function judgeRequest(
  { rules }: Pick<Interception, "rules">,
  { method, path }: AskedRequest,
): RequestVerdict {
  const [plain = "", query = ""] = splitAt(path, "?");
  const asked = { method, segments: splitPath(plain), query };
  const reasons: Reason[] = [];
  for (const rule of rules) {
    const reason = findProblem(rule, asked);
    if (reason === undefined) return { verdict: "allow", rule };
    reasons.push(reason);
  }
  // The one that came closest says what is missing.
  const reason = CLOSEST.find((each) => reasons.includes(each)) ?? "method-not-listed";
  return { verdict: "deny", reason };
}

const CLOSEST: readonly Reason[] = ["push-not-listed", "method-not-listed", "path-not-listed"];

type Asked = { method: string; segments: string[] | undefined; query: string };

function findProblem(rule: RequestRule, { method, segments, query }: Asked): Reason | undefined {
  if (rule.paths.length > 0) {
    const isListed = segments && rule.paths.some((pattern) => matchesPath(pattern, segments));
    if (!isListed) return "path-not-listed";
  }
  if (rule.methods.length > 0 && !rule.methods.includes(method)) return "method-not-listed";
  if (rule.push === undefined) return undefined;
  // With a spelling that nobody can tell the meaning of, it may be a push.
  if (segments === undefined) return "path-not-listed";
  const repository = findPushed(method, segments, query);
  return repository === undefined || rule.push.includes(repository) ? undefined : "push-not-listed";
}

/**
 * The repository that a request of git writes to, as `OWNER/NAME`: by its smart protocol, by the
 * older one (WebDAV), or as large files, whose downloads cannot be told from uploads.
 */
function findPushed(
  method: string,
  segments: readonly string[],
  query: string,
): string | undefined {
  const text = segments.join("/");
  const isRead = method === "GET" || method === "HEAD";
  const service = WRITTEN.exec(text)?.[1] ?? (isRead ? undefined : STORED.exec(text)?.[1]);
  const isPushed = /receive-pack/iu.test(decodeQuery(query));
  const found =
    service ?? (isPushed ? (/^(.*?)\/info\/refs$/u.exec(text)?.[1] ?? text) : undefined);
  return found?.replace(/\.git$/u, "");
}

const WRITTEN = /^(.*?)\/(?:git-receive-pack|info\/lfs(?:\/.*)?)$/u;
const STORED = /^(.*?)\/(?:objects\/.*|refs\/.*|info\/refs|HEAD)$/u;

function decodeQuery(query: string): string {
  return query.replaceAll(/%([0-9a-f]{2})/giu, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  );
}

function splitAt(text: string, mark: string): string[] {
  const index = text.indexOf(mark);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
