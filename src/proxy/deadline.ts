/** What the promise gives, or `otherwise` when it has not settled in time; leaves no timer behind. */
export async function settleWithin<T, U>(
  promise: Promise<T>,
  milliseconds: number,
  otherwise: U,
): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
