import { followLinks } from "../host/links.ts";
import type { AuthorityFacts } from "../plan/facts.ts";
import { loadAuthority } from "./authority.ts";
import { readRoots, ROOT_FILES } from "./roots.ts";

/**
 * Whom programs inside are to believe, and the system's files that say so. Makes the user's own
 * authority where there is none yet.
 *
 * @param state pale's directory for state
 * @param named files that the user's variables name
 */
export function readAuthorities(state: string, named: readonly string[]): AuthorityFacts {
  const { certificate } = loadAuthority(state, Date.now());
  const bundles = ROOT_FILES.flatMap((file) => followLinks(file)?.real ?? []);
  return { text: `${readRoots(named)}\n${certificate}`, bundles: [...new Set(bundles)] };
}
