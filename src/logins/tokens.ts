import { isObject, parseObject } from "../object.ts";
import type { Login } from "../policy.ts";
import { readClaims } from "./jwt.ts";

/** Everything secret in an agent's log-in; `key` is an API key that may stand beside it. */
export const TOKEN_NAMES = ["access", "refresh", "id", "key"] as const;

export type TokenName = (typeof TOKEN_NAMES)[number];

/** Tokens by name; those that there are none of are absent. `ends`: of `access`, in milliseconds. */
export type Tokens = Partial<Record<TokenName, string>> & { ends?: number };

/** What a token endpoint answers, in the names that are used here. */
export type Renewal = { access: string; refresh?: string; id?: string; seconds?: number };

/** Reads an agent's file; `undefined` where there is no log-in in it that could be kept outside. */
export function readTokens(login: Login, text: string): Tokens | undefined {
  const document = parseObject(text);
  if (!document) return undefined;
  const tokens = login === "claude" ? readClaude(document) : readCodex(document);
  return tokens.access === undefined && tokens.key === undefined ? undefined : tokens;
}

function readClaude({ claudeAiOauth: oauth }: Record<string, unknown>): Tokens {
  if (!isObject(oauth)) return {};
  const { accessToken, refreshToken, expiresAt } = oauth;
  return {
    ...pick("access", accessToken),
    ...pick("refresh", refreshToken),
    ...(typeof expiresAt === "number" && { ends: expiresAt }),
  };
}

function readCodex({ tokens, OPENAI_API_KEY: key }: Record<string, unknown>): Tokens {
  const { access_token, refresh_token, id_token } = isObject(tokens) ? tokens : {};
  return {
    ...pick("access", access_token),
    ...pick("refresh", refresh_token),
    ...pick("id", id_token),
    ...pick("key", key),
    ...readEnd(access_token),
  };
}

function readEnd(token: unknown): { ends?: number } {
  const ends = typeof token === "string" ? readClaims(token)?.["exp"] : undefined;
  return typeof ends === "number" ? { ends: ends * 1000 } : {};
}

function pick(name: TokenName, value: unknown): Tokens {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}

/** The file with what was renewed in it, and everything else as it was. */
export function writeRenewal(
  login: Login,
  text: string,
  renewal: Renewal & { now: number },
): string {
  const document = parseObject(text) ?? {};
  const { access, refresh, id, seconds, now } = renewal;
  if (login === "claude") {
    const before = isObject(document["claudeAiOauth"]) ? document["claudeAiOauth"] : {};
    const claudeAiOauth = {
      ...before,
      accessToken: access,
      ...(refresh !== undefined && { refreshToken: refresh }),
      ...(seconds !== undefined && { expiresAt: now + seconds * 1000 }),
    };
    return JSON.stringify({ ...document, claudeAiOauth });
  }
  const before = isObject(document["tokens"]) ? document["tokens"] : {};
  const tokens = {
    ...before,
    ...(id !== undefined && { id_token: id }),
    access_token: access,
    ...(refresh !== undefined && { refresh_token: refresh }),
  };
  const last_refresh = new Date(now).toISOString();
  return JSON.stringify({ ...document, tokens, last_refresh }, undefined, 2);
}

/** What the refresh token may be asked for, as the file says it. */
export function readScopes(text: string): string | undefined {
  const oauth = parseObject(text)?.["claudeAiOauth"];
  const scopes = isObject(oauth) ? oauth["scopes"] : undefined;
  return Array.isArray(scopes) && scopes.length > 0 ? scopes.join(" ") : undefined;
}
