import { certifyHost } from "../certificates/certificate.ts";
import type { KeyAndCertificate } from "../certificates/certificate.ts";
import type { Outside } from "../logins/post.ts";
import type { NetworkGate } from "../plan/plan.ts";
import type { ProxyRule } from "../policy.ts";
import { Budget } from "../proxy/budget.ts";
import type { Interceptions } from "../proxy/context.ts";
import type { Credential, LiveInjection } from "../proxy/credential.ts";
import type { Interception, RequestRule } from "../proxy/request-rules.ts";
import type { Handover } from "../secrets/handover.ts";
import { Secret } from "../secrets/secret.ts";
import { interceptLogin, type LoginInterception } from "./logins.ts";

const DAY = 86_400_000;

/** The hosts of the policy with their credentials, and certificates for them made as they are asked for. */
export function makeInterceptions(
  { proxies }: Pick<NetworkGate, "proxies">,
  handover: Handover,
  outside: Omit<Outside, "roots">,
): Interceptions {
  const credentials = readCredentials(handover);
  const { roots } = handover;
  const logins = handover.logins.flatMap((login) => interceptLogin(login, { ...outside, roots }));
  const hosts = new Set([...proxies, ...logins].map(({ host }) => host));
  const interceptions = new Map(
    [...hosts].map((host) => {
      const rules = proxies.filter((rule) => rule.host === host);
      const own = logins.filter((login) => login.host === host);
      return [host, addLogins(interceptHost(host, rules, credentials), own)] as const;
    }),
  );
  return {
    find: (host) => interceptions.get(host),
    certify: makeCertifier(handover.authority),
    roots: handover.roots,
  };
}

function readCredentials({ secrets }: Handover): Map<string, Credential> {
  const rows = Object.entries(secrets).map(([name, { value, placeholder }]) => {
    const secret = new Secret(name, value);
    const values = [{ secret, placeholder }];
    const credential: Credential = {
      name,
      placeholder,
      read: () => Promise.resolve(secret),
      values: () => values,
    };
    return [name, credential] as const;
  });
  return new Map(rows);
}

function interceptHost(
  host: string,
  rules: readonly ProxyRule[],
  known: ReadonlyMap<string, Credential>,
): Interception {
  const credentials = rules.flatMap(({ inject }) => known.get(inject?.secret ?? "") ?? []);
  return {
    host,
    rules: rules.map((rule) => makeRule(rule, known)),
    credentials: [...new Set(credentials)],
  };
}

/** Without rules of the user's, everything may be asked of a log-in's host, as without a log-in. */
function addLogins(interception: Interception, logins: readonly LoginInterception[]): Interception {
  const { rules, credentials } = interception;
  return {
    ...interception,
    rules: rules.length > 0 ? rules : [{ methods: [], paths: [] }],
    credentials: [...credentials, ...logins.flatMap((login) => login.credentials)],
    swapped: logins.flatMap((login) => login.swapped),
    answerer: (request) => {
      return logins.map((login) => login.answerer(request)).find((found) => found !== undefined);
    },
  };
}

function makeRule(rule: ProxyRule, known: ReadonlyMap<string, Credential>): RequestRule {
  const { methods, paths, push, requestsPerHour, bytesPerHour } = rule;
  const limits = { requests: requestsPerHour, bytes: bytesPerHour };
  const isLimited = requestsPerHour !== undefined || bytesPerHour !== undefined;
  return {
    methods,
    paths,
    push,
    inject: makeInjection(rule, known),
    budget: isLimited ? new Budget(limits) : undefined,
  };
}

function makeInjection(
  { inject }: ProxyRule,
  known: ReadonlyMap<string, Credential>,
): LiveInjection | undefined {
  if (!inject) return undefined;
  const credential = known.get(inject.secret);
  if (!credential) throw new Error(`the launcher has not handed over \`${inject.secret}\``);
  return { ...inject, credential };
}

/** One for each host and day: a sandbox may run for long. */
function makeCertifier(authority: Handover["authority"]): (host: string) => KeyAndCertificate {
  const made = new Map<string, { until: number; certificate: KeyAndCertificate }>();
  return (host) => {
    const now = Date.now();
    const known = made.get(host);
    if (known && known.until - now > DAY) return known.certificate;
    const validity = { from: new Date(now - DAY), until: new Date(now + 30 * DAY) };
    const certificate = certifyHost(authority, host, validity);
    made.set(host, { until: validity.until.getTime(), certificate });
    return certificate;
  };
}
