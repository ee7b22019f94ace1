import { isObject, parseObject } from "../object.ts";
import type { Login } from "../policy.ts";
import { type StandIns, FAR_AWAY } from "./stand-in.ts";
import { readScopes, type Renewal } from "./tokens.ts";

/** Where an agent's tokens are good for something, and where they are renewed. */
export type LoginHosts = {
  /** Requests to these may hold the access token. */
  api: readonly string[];
  /** The one that is asked outside. */
  token: { host: string; path: string };
  /** Those that are answered here when something inside asks. */
  answered: readonly { host: string; path: string }[];
};

export const LOGIN_HOSTS: Readonly<Record<Login, LoginHosts>> = {
  claude: {
    api: ["api.anthropic.com", "mcp-proxy.anthropic.com"],
    token: { host: "platform.claude.com", path: "/v1/oauth/token" },
    answered: [
      { host: "platform.claude.com", path: "/v1/oauth/token" },
      { host: "console.anthropic.com", path: "/v1/oauth/token" },
      { host: "api.anthropic.com", path: "/v1/oauth/token" },
    ],
  },
  codex: {
    api: ["chatgpt.com", "api.openai.com"],
    token: { host: "auth.openai.com", path: "/oauth/token" },
    answered: [
      { host: "auth.openai.com", path: "/oauth/token" },
      { host: "auth.openai.com", path: "/oauth/revoke" },
    ],
  },
};

/** As the agents themselves name the program to their own servers. */
const CLIENTS: Readonly<Record<Login, string>> = {
  claude: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
  codex: "app_EMoamEEZ73f0CkXaXp7hrann",
};

/** The body with which new tokens are asked for, as the agent itself would. */
export function askForTokens(login: Login, refresh: string, text: string): string {
  const scope = login === "claude" ? readScopes(text) : undefined;
  const grant = { grant_type: "refresh_token", refresh_token: refresh, client_id: CLIENTS[login] };
  return JSON.stringify({ ...grant, ...(scope !== undefined && { scope }) });
}

export type TokenAnswer =
  | { kind: "renewed"; renewal: Renewal }
  /** The refresh token is good for nothing any more. */
  | { kind: "ended" }
  /** It may work another time. */
  | { kind: "failed"; why: string };

/** @param status of the HTTP answer, `text` its body, which may be anything */
export function readTokenAnswer(status: number, text: string): TokenAnswer {
  const document = parseObject(text) ?? {};
  const { access_token, refresh_token, id_token, expires_in } = document;
  if (status === 200 && typeof access_token === "string" && access_token !== "") {
    const renewal = {
      access: access_token,
      ...(isText(refresh_token) && { refresh: refresh_token }),
      ...(isText(id_token) && { id: id_token }),
      ...(typeof expires_in === "number" && { seconds: expires_in }),
    };
    return { kind: "renewed", renewal };
  }
  if (status === 401 || (status === 400 && isRefused(document))) return { kind: "ended" };
  return { kind: "failed", why: `the token endpoint answered ${status}` };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** As OAuth has it (RFC 6749, 5.2), or as an object with a `code`. */
function isRefused({ error }: Record<string, unknown>): boolean {
  const code = isObject(error) ? (error["code"] ?? error["type"]) : error;
  return code === "invalid_grant" || String(code).startsWith("refresh_token_");
}

/** What a client inside is told that asks for new tokens: the same ones, for long. */
export function renderTokens(login: Login, standIns: StandIns, text: string): object {
  const { access, refresh, id } = standIns;
  if (login === "codex") return { id_token: id, access_token: access, refresh_token: refresh };
  return {
    token_type: "Bearer",
    access_token: access,
    refresh_token: refresh,
    expires_in: Math.floor((FAR_AWAY - Date.now()) / 1000),
    scope: readScopes(text) ?? "",
  };
}

/** The refresh token that a client sends, as JSON or as a form; `undefined`: it wants something else. */
export function readRefresh(body: string): string | undefined {
  const document = parseObject(body) ?? Object.fromEntries(new URLSearchParams(body));
  const { grant_type, refresh_token } = document;
  return grant_type === "refresh_token" && isText(refresh_token) ? refresh_token : undefined;
}
