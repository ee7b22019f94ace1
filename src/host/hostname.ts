import { readFileSync } from "node:fs";

const KERNEL_HOSTNAME = "/proc/sys/kernel/hostname";

/** The machine's name as programs see it, inside as well; `undefined` when it is no host name. */
export function readHostname(file = KERNEL_HOSTNAME): string | undefined {
  const name = readFileSync(file, "utf8").trim();
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/u.test(name) ? name : undefined;
}
