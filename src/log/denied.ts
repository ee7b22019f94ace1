import { classifyAddress, parseAddress } from "../proxy/addresses.ts";
import { describeReason } from "../proxy/reasons.ts";
import { escapeUntrusted, quoteForShell } from "../terminal.ts";
import { adviseOn, type Denial } from "./advice.ts";
import { nameTarget } from "./describe.ts";
import { type DecisionEntry, type LogEntry, NO_PROFILE, type Sandbox } from "./entry.ts";
import { joinUntrusted, makeClock, paintIn, showCount, type Style } from "./show.ts";

/** What was refused for the same reason, however often and to whomever. */
export type DeniedGroup = Denial & {
  count: number;
  /** Time of the last one, whose rule and address these are. */
  last: string;
  /** The projects of each profile. */
  profiles: Map<string, Set<string>>;
};

/** In the order of their last denials, the latest at the end. */
export function groupDenied(entries: readonly LogEntry[]): DeniedGroup[] {
  const groups = new Map<string, DeniedGroup>();
  for (const each of entries) {
    const entry = "event" in each && each.event === "request" ? { ...each, port: 443 } : each;
    if (!("verdict" in entry) || entry.verdict !== "deny" || !entry.reason) continue;
    const { host, port, reason, time, profile, project } = entry;
    const key = JSON.stringify([host, port, reason]);
    const { count = 0, profiles = new Map<string, Set<string>>() } = groups.get(key) ?? {};
    profiles.set(profile, (profiles.get(profile) ?? new Set()).add(project));
    groups.delete(key);
    groups.set(key, { ...pickDenial(entry), reason, count: count + 1, last: time, profiles });
  }
  return [...groups.values()];
}

function pickDenial({ host, port, rule, address }: Omit<Denial, "reason">): Omit<Denial, "reason"> {
  return {
    host,
    port,
    ...(rule !== undefined && { rule }),
    ...(address !== undefined && { address }),
  };
}

/** Some lines for each group: what, how often and for whom, why, and what would allow it. */
export function describeDenied(groups: readonly DeniedGroup[], style: Style): string[] {
  const clock = makeClock(style);
  return groups.map((group) => {
    const target = paintIn(style, nameTarget(group), "bold");
    const lines = [
      `${target}  ${showCount(group.count)}, last ${clock(group.last)}`,
      ...[...group.profiles].map(describeProfile),
      `  ${describeReason(group.reason).text}${describeDetail(group)}`,
      ...adviseGroup(group).map((line) => `  ${line}`),
    ];
    return lines.join("\n");
  });
}

function describeProfile([profile, projects]: [string, Set<string>]): string {
  return `  ${escapeUntrusted(profile)} in ${joinUntrusted([...projects])}`;
}

function describeDetail({ reason, rule, address }: Denial): string {
  const parsed = parseAddress(address ?? "");
  const kind = parsed && classifyAddress(parsed);
  const details =
    reason === "denied-by-rule" ? [rule, address] : [address, kind === "public" ? undefined : kind];
  const known = details.filter((detail) => detail !== undefined);
  return known.length === 0 ? "" : ` (${joinUntrusted(known)})`;
}

/** What would let one request of a sandbox through, a line for each way. */
export function adviseOnDenial(
  { reason, time, ...denial }: Omit<DecisionEntry, keyof Sandbox>,
  { profile, project }: Pick<Sandbox, "profile" | "project">,
): string[] {
  if (reason === undefined) return [];
  const profiles = new Map([[profile, new Set([project])]]);
  return adviseGroup({ ...pickDenial(denial), reason, count: 1, last: time, profiles });
}

/** Each line can be typed, or put into a file, as it stands behind its colon. */
function adviseGroup(group: DeniedGroup): string[] {
  const advice = adviseOn(group);
  switch (advice.kind) {
    case "allow":
      return [...group.profiles.keys()].map((profile) => {
        return `allow it: ${renderAllow(advice.rule, profile)}`;
      });
    case "forward":
      return [
        `show it inside: forwards = [{ host_port = ${advice.port ?? "PORT"} }]`,
        `or for one run, as an option of \`pale run\`: -f ${advice.port ?? "PORT"}`,
      ];
    case "undeny":
      return [`no rule allows what \`deny\` names: take \`${escapeUntrusted(advice.rule)}\` out`];
    case "none":
      return ["no rule allows this"];
  }
}

function renderAllow(rule: string, profile: string): string {
  const command = `pale allow ${quoteForShell(rule)}`;
  if (profile === NO_PROFILE) return command;
  return `${command} --profile ${escapeUntrusted(quoteForShell(profile))}`;
}
