import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Link } from "../plan/facts.ts";

/** A path followed to its end, with every link on the way in the order met. */
export type Followed = { links: Link[]; real: string };

/** As many as the kernel follows before it answers ELOOP. */
const MOST_LINKS = 40;

/**
 * Follow an absolute path through every symbolic link, in its directories too.
 * What `realpath` says, plus the links: bubblewrap cannot mount over a link, so
 * mounts go to the end and the links are made again as links.
 *
 * @returns `undefined` when something on the way is missing or links go in a circle
 */
export function followLinks(path: string): Followed | undefined {
  const links: Link[] = [];
  const pending = path.split("/").filter(Boolean);
  let real = "/";
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    const next = resolve(real, part);
    const status = lstatSync(next, { throwIfNoEntry: false });
    if (!status) return undefined;
    if (!status.isSymbolicLink()) {
      real = next;
      continue;
    }
    if (links.length >= MOST_LINKS) return undefined;
    const target = readlinkSync(next);
    links.push({ path: next, target });
    const destination = target.startsWith("/") ? target : join(dirname(next), target);
    pending.unshift(...destination.split("/").filter(Boolean));
    real = "/";
  }
  return { links, real };
}
