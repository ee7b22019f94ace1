/** A burst, and then so many a second. */
export type Rate = { burst: number; perSecond: number };

/**
 * A token bucket: says of each request whether it is within the rate.
 *
 * @param now milliseconds; a clock that is set back stops time, and nothing else
 */
export function makeBucket({ burst, perSecond }: Rate, now: () => number): () => boolean {
  let tokens = burst;
  let last = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (Math.max(0, time - last) / 1000) * perSecond);
    last = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
