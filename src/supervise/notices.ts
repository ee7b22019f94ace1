import type { Decision } from "../proxy/context.ts";

/** What the user is told: of a host that was refused, or how many more there were. */
export type Told = { kind: "refused"; decision: Decision } | { kind: "more"; count: number };

/** `false`: it could not be shown now. */
export type Show = (told: Told) => boolean;

/** Milliseconds. */
export type Clock = { now: () => number; after: (milliseconds: number, act: () => void) => void };

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (milliseconds, act) => void setTimeout(act, milliseconds).unref(),
};

export const NOTICE_LIMITS = {
  /** For so long nothing more is said of a host. */
  repeatMilliseconds: 600_000,
  /** So many in so long, of all hosts. */
  most: 3,
  windowMilliseconds: 60_000,
  /** Hosts that are remembered. */
  mostHosts: 500,
} as const;

/**
 * What is in the sandbox can cause any number of refusals, so few of them are told: of each host
 * once in a while, and of those beyond a few a minute only how many there were.
 */
export class Notices {
  readonly #show: Show;
  readonly #clock: Clock;
  /** When each host was told of, the oldest first. */
  readonly #hosts = new Map<string, number>();
  #shown: number[] = [];
  #missed = 0;
  #isWaiting = false;

  constructor(show: Show, clock: Clock = SYSTEM_CLOCK) {
    this.#show = show;
    this.#clock = clock;
  }

  /** To be called with every decision. */
  tell(decision: Decision): void {
    const { verdict, host } = decision;
    if (verdict !== "deny" || host === "" || !this.#isNew(host)) return;
    if (!this.#attempt({ kind: "refused", decision })) this.#miss();
  }

  #isNew(host: string): boolean {
    const now = this.#clock.now();
    const last = this.#hosts.get(host);
    if (last !== undefined && now - last < NOTICE_LIMITS.repeatMilliseconds) return false;
    this.#hosts.delete(host);
    this.#hosts.set(host, now);
    const [oldest] = this.#hosts.keys();
    if (this.#hosts.size > NOTICE_LIMITS.mostHosts && oldest !== undefined) {
      this.#hosts.delete(oldest);
    }
    return true;
  }

  #attempt(told: Told): boolean {
    const now = this.#clock.now();
    this.#shown = this.#shown.filter((time) => now - time < NOTICE_LIMITS.windowMilliseconds);
    if (this.#shown.length >= NOTICE_LIMITS.most || !this.#show(told)) return false;
    this.#shown.push(now);
    return true;
  }

  #miss(): void {
    this.#missed += 1;
    this.#wait();
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#clock.after(NOTICE_LIMITS.windowMilliseconds, () => {
      this.#isWaiting = false;
      if (this.#attempt({ kind: "more", count: this.#missed })) this.#missed = 0;
      else this.#wait();
    });
  }
}
