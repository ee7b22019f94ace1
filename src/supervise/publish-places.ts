/**
 * So many at once. Who finds all places taken waits for one: that a process has ended is known
 * a little later than it has, and a burst of short connections must not be turned away for it.
 */
export class Places {
  #free: number;
  readonly #limits: PlaceLimits;
  readonly #waiting = new Set<() => void>();

  constructor(limits: PlaceLimits) {
    this.#free = limits.places;
    this.#limits = limits;
  }

  /** `false`: none came free in time, or too many wait already. */
  async take(): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    if (this.#waiting.size >= this.#limits.waiting) return false;
    return new Promise((resolve) => {
      const settle = (given: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(give);
        resolve(given);
      };
      const give = (): void => settle(true);
      const timer = setTimeout(settle, this.#limits.waitMilliseconds, false);
      this.#waiting.add(give);
    });
  }

  /** To be called once for each place that was taken. */
  free(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#free += 1;
  }
}

export type PlaceLimits = { places: number; waiting: number; waitMilliseconds: number };
