import { existsSync } from "node:fs";
import { expandHome } from "../plan/paths.ts";
import type { Configuration } from "../policy.ts";

/** A profile that is worth being offered: what of it is there on this machine. */
export type Offer = { profile: string; found: string[]; warning: string | undefined };

/** What is offered, in this order; the others of the shipped profiles are for who looks for them. */
const OFFERED = ["git", "node", "python", "rust", "go", "java", "ruby"];

/** A profile without mounts is there when one of these is. */
const SIGNS: Record<string, readonly string[]> = { git: ["~/.gitconfig", "~/.config/git/config"] };

/** The shipped toolchains of which something is in the home directory. */
export function findOffers({ profiles }: Configuration, home: string): Offer[] {
  const isThere = (path: string) => existsSync(expandHome(path, home));
  return OFFERED.flatMap((profile) => {
    const mounts = profiles[profile]?.mounts.map(({ host }) => host) ?? [];
    const found = [...mounts, ...(SIGNS[profile] ?? [])].filter(isThere);
    if (found.length === 0) return [];
    return [{ profile, found, warning: profiles[profile]?.warning?.value }];
  });
}
