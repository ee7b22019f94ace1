import { isGated } from "../policy.ts";
import type { Policy, Sourced } from "../policy.ts";
import type { HostFacts } from "./facts.ts";
import type { Notice } from "./plan.ts";

/** How the user is told of what is refused: not at all where there is no terminal for a bell. */
export function planNotice({ notifier }: Pick<HostFacts, "notifier">): Notice | undefined {
  if (notifier?.kind !== "bell") return notifier;
  const { terminal } = notifier;
  return terminal && { kind: "bell", terminal };
}

/** Who wants to be told is told that nobody looks. */
export function warnOfSilence({
  notify,
  network,
}: Pick<Policy, "notify" | "network">): Sourced<string>[] {
  if (notify.value === "none" || isGated(network)) return [];
  const value = `notify: with \`network = "${network}"\` nobody sees what is refused, so there is nothing to notify of`;
  return [{ value, origin: notify.origin }];
}
