/** What a question to the user came to; `silence` is no answer within the time. */
export type Answer = "yes" | "no" | "silence" | "refused-too-often" | "too-many-questions";

/** Puts one question on the user's screen. */
export type Ask = (question: string) => Promise<"yes" | "no" | "silence">;

/** An agent must not tire the user until a yes slips through. */
const MOST_REFUSALS = 3;
const MINUTE = 60_000;
const MOST_WAITING = 8;

/**
 * Asks one question after the other, and after several refusals none for a minute.
 *
 * @param now milliseconds
 */
export class Confirmation {
  readonly #ask: Ask;
  readonly #now: () => number;
  #refusals: number[] = [];
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ask: Ask, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
  }

  async confirm(question: string): Promise<Answer> {
    if (this.#waiting >= MOST_WAITING) return "too-many-questions";
    this.#waiting += 1;
    const before = this.#last;
    const answer = before.then(() => this.#askInTurn(question));
    this.#last = answer;
    try {
      return await answer;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #askInTurn(question: string): Promise<Answer> {
    if (this.#isTired()) return "refused-too-often";
    const answer = await this.#ask(question);
    if (answer !== "yes") this.#refusals.push(this.#now());
    return answer;
  }

  /** Three within a minute count for another minute. */
  #isTired(): boolean {
    const now = this.#now();
    this.#refusals = this.#refusals.slice(-MOST_REFUSALS);
    const [first, , last] = this.#refusals;
    if (first === undefined || last === undefined) return false;
    return last - first <= MINUTE && now - last < MINUTE;
  }
}
