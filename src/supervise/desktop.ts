import { describeNotice, type Whose } from "./notice-text.ts";
import type { RunErrand } from "./errand.ts";
import type { Show } from "./notices.ts";
import { pickBus, type Session } from "./session.ts";

export type DesktopOptions = {
  /** Path of `notify-send`. */
  program: string;
  session: Session;
  whose: Whose;
  run: RunErrand;
};

const MOST_AT_ONCE = 2;
const MILLISECONDS = 5000;

/** Shows notices on the desktop. A service that does not answer holds nothing up but the notices. */
export function makeDesktop({ program, session, whose, run }: DesktopOptions): Show {
  let running = 0;
  return (told) => {
    if (running >= MOST_AT_ONCE) return false;
    running += 1;
    const { summary, body } = describeNotice(told, whose);
    const args = ["--app-name=pale", "--", summary, body];
    const limits = { milliseconds: MILLISECONDS, mostBytes: 65_536 };
    void run({ program, args, environment: pickBus(session), ...limits }).finally(() => {
      running -= 1;
    });
    return true;
  };
}
