import { describeNotice, type Whose } from "./notice-text.ts";
import type { RunErrand } from "./errand.ts";
import type { Show, Told } from "./notices.ts";
import { pickBus, type Session } from "./session.ts";

export type DesktopOptions = {
  /** Path of `notify-send`. */
  program: string;
  session: Session;
  whose: Whose;
  run: RunErrand;
};

const MOST_WAITING = 3;
const MILLISECONDS = 5000;

/**
 * Shows notices on the desktop, one after the other. A desktop that does not answer holds up
 * nothing but other notices, and those only for a while.
 */
export function makeDesktop({ program, session, whose, run }: DesktopOptions): Show {
  const waiting: Told[] = [];
  let isAtWork = false;
  const showAll = async (): Promise<void> => {
    isAtWork = true;
    for (let told = waiting.shift(); told !== undefined; told = waiting.shift()) {
      const { summary, body } = describeNotice(told, whose);
      const args = ["--app-name=pale", "--", summary, escapeBackslashes(body)];
      const limits = { milliseconds: MILLISECONDS, mostBytes: 65_536 };
      await run({ program, args, environment: pickBus(session), ...limits });
    }
    isAtWork = false;
  };
  return (told) => {
    if (waiting.length >= MOST_WAITING) return false;
    waiting.push(told);
    if (!isAtWork) void showAll();
    return true;
  };
}

/** Of a body, and of nothing else, notify-send takes `\n`, `\074` and the like for what they stand for. */
function escapeBackslashes(body: string): string {
  return body.replaceAll("\\", String.raw`\\`);
}
