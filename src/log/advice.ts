import { classifyAddress, parseAddress } from "../proxy/addresses.ts";
import type { Decision } from "../proxy/context.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { parseHost } from "../proxy/names.ts";
import type { Reason } from "../proxy/reasons.ts";
import { suggestRule } from "../proxy/rules.ts";

/** What would let a refused request through. */
export type Advice =
  /** A host rule in its normal form. */
  | { kind: "allow"; rule: string }
  /** A port of the host's loopback, to be shown inside; `undefined` where none was named. */
  | { kind: "forward"; port: number | undefined }
  /** The deny rule that would have to go. */
  | { kind: "undeny"; rule: string }
  | { kind: "none" };

export type Denial = Pick<Decision, "host" | "port" | "rule" | "address"> & { reason: Reason };

/** Total, as what is in the log may be anything; every rule in an answer is a valid one. */
export function adviseOn(denial: Denial): Advice {
  const { reason, host, port, rule, address } = denial;
  switch (reason) {
    case "not-listed":
    case "port-not-listed":
      return adviseRule(suggestRule(denial));
    case "not-public":
      return adviseAddress(address ?? "", port);
    case "ip-literal":
      return adviseLiteral(host, port);
    case "loopback-name":
      return { kind: "forward", port };
    case "denied-by-rule":
      return rule === undefined ? { kind: "none" } : { kind: "undeny", rule };
    default:
      return { kind: "none" };
  }
}

function adviseLiteral(host: string, port: number | undefined): Advice {
  const parsed = parseHost(host);
  if (parsed.kind !== "address") return { kind: "none" };
  const isLoopback = classifyAddress(parsed.address) === "loopback";
  return isLoopback ? { kind: "forward", port } : adviseAddress(host, port);
}

function adviseAddress(text: string, port: number | undefined): Advice {
  const bare = text.replace(/^\[(.*)\]$/u, "$1");
  const address = parseAddress(bare);
  // Whoever means the cloud's keys to be read inside knows how to say so.
  if (!address || classifyAddress(address) === "metadata") return { kind: "none" };
  const host = bare.includes(":") ? `[${bare}]` : bare;
  const isUsual = port === undefined || port === 443 || port === 80;
  return adviseRule(isUsual ? host : `${host}:${port}`);
}

function adviseRule(text: string | undefined): Advice {
  const rule = text === undefined ? undefined : parseHostRule(text);
  return rule && !("problem" in rule) ? { kind: "allow", rule: rule.text } : { kind: "none" };
}
