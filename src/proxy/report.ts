import type { Refusal, Session } from "./context.ts";
import { describeReason } from "./reasons.ts";
import { showUntrusted } from "./refuse.ts";

/** The only places that write decisions: what came from the sandbox is made printable here. */

export function reportAllowed(
  session: Session,
  { host, port, rule, address }: { host: string; port: number; rule: string; address: string },
): void {
  const { door, context } = session;
  const shown = showUntrusted(host.toLowerCase());
  context.report({ door, host: shown, port, verdict: "allow", rule, address });
}

export function reportRefusal(session: Pick<Session, "context" | "door">, refusal: Refusal): void {
  const { door, context } = session;
  const { reason, host, port, rule, address } = refusal;
  context.report({
    door,
    host: showUntrusted(host.toLowerCase()),
    port,
    verdict: describeReason(reason).verdict,
    reason,
    ...(rule === undefined ? {} : { rule }),
    ...(address === undefined ? {} : { address }),
  });
}
