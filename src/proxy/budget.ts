/** What may be spent on one host within an hour; absent: without a limit. */
export type BudgetLimits = { requests?: number | undefined; bytes?: number | undefined };

/** `retryAfter` is in seconds: from then on there is room again. */
export type Admission = { kind: "admitted" } | { kind: "over"; retryAfter: number };

/**
 * What was spent within the last hour, by the minute: what is older than that counts no more. Of
 * one sandbox, and gone with it.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #spent: Minute[] = [];

  /** @param now milliseconds that never go back */
  constructor(limits: BudgetLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Counts a request, if there is room for one. */
  admit(): Admission {
    this.#forget();
    const { requests = Infinity, bytes = Infinity } = this.#limits;
    const [oldest] = this.#spent;
    if (oldest && (this.#sum("requests") >= requests || this.#sum("bytes") >= bytes)) {
      const age = this.#now() - oldest.start;
      return { kind: "over", retryAfter: Math.max(1, Math.ceil((HOUR - age) / 1000)) };
    }
    this.#current().requests += 1;
    return { kind: "admitted" };
  }

  /** Counts bytes that have gone. @returns whether more may follow */
  spend(bytes: number): boolean {
    this.#forget();
    this.#current().bytes += bytes;
    return this.#sum("bytes") <= (this.#limits.bytes ?? Infinity);
  }

  #forget(): void {
    const now = this.#now();
    this.#spent = this.#spent.filter(({ start }) => now - start < HOUR);
  }

  #current(): Minute {
    const now = this.#now();
    const last = this.#spent.at(-1);
    if (last && now - last.start < MINUTE) return last;
    const next = { start: now, requests: 0, bytes: 0 };
    this.#spent.push(next);
    return next;
  }

  #sum(what: "requests" | "bytes"): number {
    return this.#spent.reduce((sum, minute) => sum + minute[what], 0);
  }
}

type Minute = { start: number; requests: number; bytes: number };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
