import { asObject, type Json } from "./model-script.ts";

/** What a token endpoint hands out for a refresh token, once. */
export type Tokens = { access: string; refresh: string; id?: string; seconds: number };

/** The tokens that hold at the start, and those that come after, one by one. */
export type LoginScript = { first: Tokens; renewals: readonly Tokens[] };

type Asked = { method: string; path: string; headers: Record<string, unknown>; body: Json };

/**
 * The servers of a log-in: a model's API that lets in who has the access token of the moment, and
 * a token endpoint at which each refresh token is good for one time.
 */
export class LoginServer {
  #now: Tokens;
  readonly #renewals: Tokens[];

  constructor({ first, renewals }: LoginScript) {
    this.#now = first;
    this.#renewals = [...renewals];
  }

  /** What it answers; `undefined` where that is the model's affair. */
  answer({ path, headers, body }: Asked): { status: number; body: Json } | undefined {
    if (path.endsWith("/oauth/token")) return this.#renew(body);
    if (headers["authorization"] === `Bearer ${this.#now.access}`) return answerCodex(path);
    if (headers["authorization"] === undefined) return undefined;
    const error = { type: "authentication_error", message: "this is not the access token" };
    return { status: 401, body: { type: "error", error } };
  }

  #renew(body: Json): { status: number; body: Json } {
    const next = this.#renewals[0];
    const { grant_type, refresh_token } = asObject(body);
    if (!next || grant_type !== "refresh_token" || refresh_token !== this.#now.refresh) {
      return { status: 400, body: { error: "invalid_grant" } };
    }
    this.#renewals.shift();
    this.#now = next;
    const { access, refresh, id, seconds } = next;
    const tokens = { access_token: access, refresh_token: refresh, expires_in: seconds };
    return { status: 200, body: { ...tokens, ...(id !== undefined && { id_token: id }) } };
  }
}

/** What codex wants to know of an account before it asks a model anything. */
function answerCodex(path: string): { status: number; body: Json } | undefined {
  if (path.includes("/codex/models")) return { status: 200, body: { models: [] } };
  if (!path.endsWith("/accounts/check")) return undefined;
  const account = {
    id: ACCOUNT,
    name: "test",
    structure: "personal",
    plan_type: "plus",
    is_deactivated: false,
    can_access_with_session: true,
    is_fedramp_compliant_workspace: false,
    workspace_backend_origin: "https://chatgpt.com",
    account_routing_override: "NO_CONSTRAINT",
  };
  const rest = { default_account_id: ACCOUNT, account_ordering: [ACCOUNT] };
  return { status: 200, body: { accounts: [account], ...rest } };
}

/** As the tokens name it. */
export const ACCOUNT = "acc-1";
