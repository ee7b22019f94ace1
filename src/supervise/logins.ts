import { LOGIN_HOSTS, readRefresh, renderTokens } from "../logins/endpoint.ts";
import { openLoginFile } from "../logins/file.ts";
import { LoginError, LoginKeeper } from "../logins/keeper.ts";
import { type Outside, postOutside } from "../logins/post.ts";
import type { TokenName } from "../logins/tokens.ts";
import { LOGIN_PLACES } from "../plan/login-places.ts";
import { type Credential, CredentialError } from "../proxy/credential.ts";
import type { Answerer, Interception, OwnAnswer } from "../proxy/request-rules.ts";
import type { LoginHandover } from "../secrets/handover.ts";
import { Secret } from "../secrets/secret.ts";

/** What a log-in adds to the interception of one of its hosts. */
export type LoginInterception = {
  host: string;
  credentials: readonly Credential[];
  swapped: readonly Credential[];
  answerer: NonNullable<Interception["answerer"]>;
};

/** All hosts to which a log-in's tokens, or questions for new ones, are sent. */
export function interceptLogin(login: LoginHandover, outside: Outside): LoginInterception[] {
  const { api, token, answered } = LOGIN_HOSTS[login.login];
  const world = {
    ...openLoginFile(login),
    post: (body: string) => postOutside(outside, { ...token, body }),
    now: Date.now,
  };
  const keeper = new LoginKeeper(login.login, world);
  const credentials = [...makeCredentials(login, keeper), ...makeFixed(login)];
  const renewing = answerRenewal(login, { keeper, load: world.load });
  const hosts = new Set([...api, ...answered.map(({ host }) => host)]);
  return [...hosts].map((host) => ({
    host,
    credentials,
    swapped: api.includes(host) ? credentials : [],
    answerer: ({ method, path }) => {
      const [plain = ""] = path.split("?");
      const isOwn = answered.some((each) => each.host === host && each.path === plain);
      return method === "POST" && isOwn ? renewing : undefined;
    },
  }));
}

/** The tokens that requests hold; the others are only to be taken out of answers. */
function makeCredentials({ login, standIns }: LoginHandover, keeper: LoginKeeper): Credential[] {
  const values = () =>
    keeper.seen().map(([value, name]) => {
      return { secret: new Secret(login, value), placeholder: standIns[name] ?? "" };
    });
  return (["access", "key"] as const).flatMap((name): Credential[] => {
    const placeholder = standIns[name];
    if (placeholder === undefined) return [];
    return [{ name: login, placeholder, read: () => readToken(login, name, keeper), values }];
  });
}

async function readToken(
  login: LoginHandover["login"],
  name: TokenName,
  keeper: LoginKeeper,
): Promise<Secret> {
  try {
    const { [name]: token } = await keeper.read();
    if (token === undefined) throw new LoginError("ended", "there is no such token");
    return new Secret(login, token);
  } catch (error) {
    throw explain(login, error);
  }
}

function explain(login: LoginHandover["login"], error: unknown): unknown {
  const hasEnded = error instanceof LoginError && error.kind === "ended";
  return hasEnded ? new CredentialError(error.message, LOGIN_PLACES[login].remedy) : error;
}

function makeFixed({ variables }: LoginHandover): Credential[] {
  return variables.map(({ name, value, placeholder }) => {
    const secret = new Secret(name, value);
    const values = [{ secret, placeholder }];
    return { name, placeholder, read: () => Promise.resolve(secret), values: () => values };
  });
}

type Renewing = { keeper: LoginKeeper; load: () => Promise<string> };

/** Who sends the stand-in of the refresh token gets stand-ins, once there are new tokens outside. */
function answerRenewal({ login, standIns }: LoginHandover, { keeper, load }: Renewing): Answerer {
  return async (body) => {
    if (standIns.refresh === undefined || readRefresh(body) !== standIns.refresh) {
      return refuse(
        "access_denied",
        `logging in and out is done outside; ${LOGIN_PLACES[login].remedy}`,
      );
    }
    try {
      await keeper.renew();
      return { status: 200, body: renderTokens(login, standIns, await load()) };
    } catch (error) {
      const hasEnded = error instanceof LoginError && error.kind === "ended";
      if (hasEnded) return refuse("invalid_grant", LOGIN_PLACES[login].remedy);
      const why = error instanceof Error ? error.message : "";
      return { ...refuse("temporarily_unavailable", why), status: 503 };
    }
  };
}

function refuse(error: string, what: string): OwnAnswer {
  return { status: 400, body: { error, error_description: `pale: ${what}` } };
}
