const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Somebody who presses Ctrl-C is left with nothing that was only for this process; then the signal
 * acts as ever.
 *
 * @returns what ends that, once it was released otherwise
 */
export function releaseOnSignal(release: () => void): () => void {
  const end = (signal: NodeJS.Signals) => {
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}
