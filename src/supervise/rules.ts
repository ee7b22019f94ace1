import { statSync } from "node:fs";
import { listFiles, loadConfiguration } from "../config/load.ts";
import { resolvePolicy } from "../config/resolve.ts";
import type { NetworkGate } from "../plan/plan.ts";
import type { HostRule } from "../proxy/host-rule.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import type { Rules } from "../proxy/rules.ts";
import type { PolicySource } from "./settings.ts";

/** Host rules as texts. */
type RuleTexts = Pick<NetworkGate, "allow" | "found" | "deny" | "open">;

/** @throws Error when a text is no rule: whoever made the plan has checked them */
export function makeRules({ allow, found, deny, open }: RuleTexts): Rules {
  return {
    allow: [...allow, ...found].map(parseKnown),
    deny: deny.map(parseKnown),
    open,
  };
}

function parseKnown(text: string): HostRule {
  const rule = parseHostRule(text);
  if ("problem" in rule) throw new Error(`\`${text}\`: ${rule.problem}`);
  return rule;
}

export type Reload = { kind: "reloaded" } | { kind: "refused"; error: unknown };

/**
 * The rules in force, read again when a configuration file has changed: `pale allow` takes
 * effect in sandboxes that are running. A configuration with an error changes nothing.
 */
export class LiveRules {
  #rules: Rules;
  #seen: string;
  readonly #gate: NetworkGate;
  readonly #source: PolicySource;

  constructor(gate: NetworkGate, source: PolicySource) {
    this.#rules = makeRules(gate);
    this.#gate = gate;
    this.#source = source;
    this.#seen = describeFiles(source);
  }

  current(): Rules {
    return this.#rules;
  }

  /** To be called now and then; `undefined` when nothing has changed. */
  async refresh(): Promise<Reload | undefined> {
    const { choice, cache, request } = this.#source;
    const found = describeFiles(this.#source);
    if (found === this.#seen) return undefined;
    this.#seen = found;
    try {
      const configuration = await loadConfiguration(choice, cache);
      const { allow, deny } = resolvePolicy(configuration, { ...request, environment: {} });
      const texts = [allow, deny].map((rules) => rules.map(({ value }) => value));
      const [allowed = [], denied = []] = texts;
      this.#rules = makeRules({ ...this.#gate, allow: allowed, deny: denied });
      return { kind: "reloaded" };
    } catch (error) {
      return { kind: "refused", error };
    }
  }
}

/** Changes whenever one of the files does, comes or goes. */
function describeFiles({ choice }: PolicySource): string {
  try {
    return JSON.stringify(listFiles(choice).map((path) => [path, describeFile(path)]));
  } catch {
    return "unreadable";
  }
}

function describeFile(path: string): string {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  return status ? `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}` : "missing";
}
