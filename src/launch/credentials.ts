import { chooseTime } from "../plan/environment.ts";
import { loadAuthority } from "../certificates/authority.ts";
import { readRoots } from "../certificates/roots.ts";
import type { Plan, Variable } from "../plan/plan.ts";
import type { ProxyRule } from "../policy.ts";
import type { Handover } from "../secrets/handover.ts";
import { choosePlaceholder } from "../secrets/stable-placeholder.ts";
import type { Secret } from "../secrets/secret.ts";
import { prepareLogin } from "./logins.ts";
import { listNamedRoots } from "./named-roots.ts";
import { readSecrets } from "./secret-values.ts";
import type { SecretQuestion } from "./secret-values.ts";

/** A plan in which placeholders stand for the secrets, and what the supervisor needs beside it. */
export type PlanWithCredentials = { plan: Plan; handover: Handover };

/**
 * Read the secrets that the plan's requests need, now, and make what stands for them inside.
 *
 * @param state pale's directory for state
 * @throws UserError when one cannot be had: nothing starts without it
 */
export async function prepareCredentials(
  plan: Plan,
  question: SecretQuestion & { state: string },
): Promise<PlanWithCredentials> {
  const proxies = plan.gate?.proxies ?? [];
  const wanted = proxies.flatMap(({ inject, host }) => {
    return inject ? [{ name: inject.secret, origin: `proxies, for ${host}` }] : [];
  });
  const secrets = await readSecrets(wanted, question);
  const authority = loadAuthority(question.state, Date.now());
  const placeholders = new Map(
    secrets.map((secret) => [secret, choosePlaceholder(secret, authority.key)]),
  );
  const { mounts, variables } = plan;
  const logins = (plan.gate?.logins ?? []).map((each) => prepareLogin(each, { mounts, variables }));
  const handover = {
    secrets: Object.fromEntries(
      [...placeholders].map(([secret, placeholder]) => {
        return [secret.name, { value: secret.reveal(), placeholder }];
      }),
    ),
    logins,
    authority,
    roots: readRoots(listNamedRoots(question.environment, question.writable)),
  };
  const own = logins.flatMap((login) => login.variables);
  const hidden = planVariables(plan, proxies, placeholders).map((each) => {
    return {
      ...each,
      value: own.find(({ name }) => name === each.name)?.placeholder ?? each.value,
    };
  });
  return { plan: { ...plan, variables: hidden }, handover };
}

/** Those that the rules name, and placeholders in every other one that holds a secret. */
function planVariables(
  { variables }: Plan,
  proxies: readonly ProxyRule[],
  placeholders: ReadonlyMap<Secret, string>,
): Variable[] {
  const named = proxies.flatMap(({ inject }): Variable[] => {
    const [, value] = [...placeholders].find(([{ name }]) => name === inject?.secret) ?? [];
    if (inject?.variable === undefined || value === undefined) return [];
    const { variable: name } = inject;
    return [{ name, value, from: "pale", when: chooseTime(name) }];
  });
  const names = new Set(named.map(({ name }) => name));
  const others = variables.filter(({ name }) => !names.has(name));
  return [...others.map((each) => hideSecrets(each, placeholders)), ...named];
}

function hideSecrets(variable: Variable, placeholders: ReadonlyMap<Secret, string>): Variable {
  const value = [...placeholders].reduce(
    (text, [secret, placeholder]) => text.replaceAll(secret.reveal(), () => placeholder),
    variable.value,
  );
  return { ...variable, value };
}
