/** Without giving others of this process a turn: for helpers that a test calls without `await`. */
export function sleepSync(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Asks until the answer is yes; `what` is for the error. */
export function waitUntil(holds: () => boolean, what: string, patience = 30_000): void {
  const deadline = Date.now() + patience;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    sleepSync(10);
  }
}
