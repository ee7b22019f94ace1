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
  /** Nothing at first: the files may have changed since the launch read them. */
  #seen: string | undefined;
  /** What the last look found; a file that is being written is another one at the next. */
  #found: string | undefined;
  #refused: { found: string; time: number } | undefined;
  #isAtWork = false;
  readonly #gate: NetworkGate;
  readonly #source: PolicySource;

  constructor(gate: NetworkGate, source: PolicySource) {
    this.#rules = makeRules(gate);
    this.#gate = gate;
    this.#source = source;
  }

  current(): Rules {
    return this.#rules;
  }

  /** To be called now and then; `undefined` when nothing has changed, or not for good yet. */
  async refresh(): Promise<Reload | undefined> {
    if (this.#isAtWork || !this.#isDue()) return undefined;
    this.#isAtWork = true;
    try {
      return await this.#reload(this.#found ?? "");
    } finally {
      this.#isAtWork = false;
    }
  }

  #isDue(): boolean {
    const found = describeFiles(this.#source);
    const isStill = found === this.#found || this.#found === undefined;
    this.#found = found;
    if (found === this.#seen || !isStill) return false;
    return this.#refused?.found !== found || Date.now() - this.#refused.time > RETRY_MILLISECONDS;
  }

  async #reload(found: string): Promise<Reload | undefined> {
    const isFirst = this.#seen === undefined;
    const isTold = this.#refused?.found === found;
    try {
      const rules = await this.#load();
      const isSame = describeRules(rules) === describeRules(this.#rules);
      this.#rules = rules;
      this.#seen = found;
      return isFirst && isSame ? undefined : { kind: "reloaded" };
    } catch (error) {
      this.#refused = { found, time: Date.now() };
      return isTold ? undefined : { kind: "refused", error };
    }
  }

  async #load(): Promise<Rules> {
    const { choice, cache, request } = this.#source;
    const configuration = await loadConfiguration(choice, cache);
    const { allow, deny } = resolvePolicy(configuration, { ...request, environment: {} });
    const [allowed = [], denied = []] = [allow, deny].map((rules) => {
      return rules.map(({ value }) => value);
    });
    return makeRules({ ...this.#gate, allow: allowed, deny: denied });
  }
}

/** What could not be read may be readable later: descriptors come back, disks are emptied. */
const RETRY_MILLISECONDS = 5000;

function describeRules(rules: Rules): string {
  return JSON.stringify(rules, noBigInt);
}

function noBigInt(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
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
