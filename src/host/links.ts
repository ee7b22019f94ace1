import { dirname, join, resolve } from "node:path";
import type { Link } from "../plan/facts.ts";
import { MOST_LINKS } from "../plan/paths.ts";
import { readStatus, readTarget } from "./status.ts";

/** A path followed to its end, with every link on the way in the order met. */
export type Followed = { links: Link[]; real: string };

/**
 * Follow an absolute path through every symbolic link, in its directories too.
 * What `realpath` says, plus the links: bubblewrap cannot mount over a link, so
 * mounts go to the end and the links are made again as links.
 *
 * @returns `undefined` when something on the way is missing or links go in a circle
 */
export function followLinks(path: string): Followed | undefined {
  const { links, real, left } = walk(path);
  return left.length === 0 ? { links, real } : undefined;
}

/** The same for what need not be there: where it would be made. */
export function followToPlace(path: string): Followed {
  const { links, real, left } = walk(path);
  return { links, real: join(real, ...left) };
}

/** Go as far as there is something; `left` are the parts that there is nothing for. */
function walk(path: string): Followed & { left: string[] } {
  const links: Link[] = [];
  const pending = path.split("/").filter(Boolean);
  let real = "/";
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    const next = resolve(real, part);
    const status = readStatus(next);
    if (status && !status.isSymbolicLink()) {
      real = next;
      continue;
    }
    const target = status && links.length < MOST_LINKS ? readTarget(next) : undefined;
    if (target === undefined) return { links, real, left: [part, ...pending] };
    links.push({ path: next, target });
    // Not `join`: it takes `link/..` away before the link is followed.
    const destination = target.startsWith("/") ? target : `${dirname(next)}/${target}`;
    pending.unshift(...destination.split("/").filter(Boolean));
    real = "/";
  }
  return { links, real, left: [] };
}
