import type { Notice } from "../plan/plan.ts";
import type { Decision } from "../proxy/context.ts";
import { makeBell } from "./bell.ts";
import { type DesktopOptions, makeDesktop } from "./desktop.ts";
import { Notices, SYSTEM_CLOCK } from "./notices.ts";

/** What is to be called with every decision, so that the user is told; nothing waits for it. */
export function startNotices(
  notice: Notice | undefined,
  options: Omit<DesktopOptions, "program">,
): (decision: Decision) => void {
  if (!notice) return () => {};
  const show =
    notice.kind === "bell"
      ? makeBell(notice.terminal, SYSTEM_CLOCK)
      : makeDesktop({ ...options, program: notice.program });
  const notices = new Notices(show);
  return (decision) => notices.tell(decision);
}
