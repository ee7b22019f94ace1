import { isObject, parseObject } from "../object.ts";
import type { Login } from "../policy.ts";
import { makePlaceholder } from "../secrets/placeholder.ts";
import { forge, readClaims } from "./jwt.ts";
import { TOKEN_NAMES, type Tokens } from "./tokens.ts";

/** What stands for each token inside. */
export type StandIns = Omit<Tokens, "ends">;

/** In 2100: nothing inside has to renew what is a placeholder. */
export const FAR_AWAY = Date.UTC(2100, 0, 1);

/**
 * Something for every token. What was made earlier stays, so that sandboxes of one user have the
 * same; but where a token tells of its owner, and that is another one now.
 *
 * @param pick a random number from 0 up to, and without, the one given
 */
export function makeStandIns(
  tokens: Tokens,
  earlier: StandIns,
  pick: (below: number) => number,
): StandIns {
  const rows = TOKEN_NAMES.flatMap((name) => {
    const token = tokens[name];
    if (token === undefined) return [];
    const known = earlier[name];
    const fits = known !== undefined && known !== token && owner(known) === owner(token);
    return [[name, fits ? known : makeStandIn(token, pick)] as const];
  });
  return Object.fromEntries(rows);
}

function makeStandIn(token: string, pick: (below: number) => number): string {
  const claims = readClaims(token);
  for (;;) {
    const made = makePlaceholder(token, pick);
    if (made === token) continue;
    if (!claims) return made;
    const [, , signature = ""] = made.split(".");
    return forge(token, { ...claims, exp: FAR_AWAY / 1000 }, signature);
  }
}

/** What clients read in a token, but for what is another with each. */
function owner(token: string): string {
  const claims = readClaims(token);
  if (!claims) return "";
  const lasting = Object.entries(claims).filter(([name]) => !PASSING.has(name));
  return JSON.stringify(lasting.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const PASSING = new Set([
  ..."exp iat nbf jti rat auth_time pwd_auth_time at_hash sid session_id sl".split(" "),
]);

/** What of claude's log-in is no secret, and read by claude. */
const OPEN = ["scopes", "subscriptionType", "rateLimitTier", "clientId"];

/**
 * The agent's file as it is inside.
 *
 * @param text of the real one
 * @param before text of the one inside so far: log-ins to other servers were made there
 */
export function renderStandIn(
  login: Login,
  { text, standIns, before }: { text: string; standIns: StandIns; before: string },
): string {
  const real = parseObject(text) ?? {};
  return login === "claude"
    ? JSON.stringify({ ...parseObject(before), claudeAiOauth: standInForClaude(real, standIns) })
    : JSON.stringify(standInForCodex(real, standIns), undefined, 2);
}

function standInForClaude({ claudeAiOauth }: Record<string, unknown>, standIns: StandIns): object {
  const oauth = isObject(claudeAiOauth) ? claudeAiOauth : {};
  const open = OPEN.filter((name) => name in oauth).map((name) => [name, oauth[name]] as const);
  return {
    accessToken: standIns.access,
    ...(standIns.refresh !== undefined && { refreshToken: standIns.refresh }),
    expiresAt: FAR_AWAY,
    ...Object.fromEntries(open),
  };
}

function standInForCodex(real: Record<string, unknown>, standIns: StandIns): object {
  const tokens = real["tokens"];
  return {
    ...("auth_mode" in real && { auth_mode: real["auth_mode"] }),
    OPENAI_API_KEY: standIns.key ?? null,
    ...(isObject(tokens) && {
      tokens: {
        id_token: standIns.id ?? "",
        access_token: standIns.access ?? "",
        refresh_token: standIns.refresh ?? "",
        account_id: tokens["account_id"] ?? null,
      },
      last_refresh: new Date(FAR_AWAY).toISOString(),
    }),
  };
}
