import { followLinks } from "../host/links.ts";
import type { OwnRoots } from "../plan/authorities.ts";
import type { AuthorityFacts } from "../plan/facts.ts";
import { loadAuthority } from "./authority.ts";
import { extendJavaStore, findJavaStores } from "./java-store.ts";
import { readOwnRoots, readRoots, ROOT_FILES } from "./roots.ts";

type BundleQuestion = {
  /** pale's directory for state. */
  state: string;
  /** Files that the user's variables outside name. */
  named: readonly string[];
  /** Those that variables of the sandbox name. */
  own: readonly OwnRoots[];
  /** Of the Java runtime that the user has chosen. */
  javaHome: string | undefined;
};

/**
 * Whom programs inside are to believe, and the system's files that say so. Makes the user's own
 * authority where there is none yet.
 *
 * @throws UserError where there is nobody to be believed, or one that would be lost
 */
export function readAuthorities({ state, named, own, javaHome }: BundleQuestion): AuthorityFacts {
  const { certificate } = loadAuthority(state, Date.now());
  const roots = [readRoots(named), readOwnRoots(own)].filter(Boolean).join("\n");
  const bundles = ROOT_FILES.flatMap((file) => followLinks(file)?.real ?? []);
  const javaStores = findJavaStores(javaHome).map((path) => {
    return { path, content: extendJavaStore(path, { certificate, roots }) };
  });
  return { text: `${roots}\n${certificate}`, bundles: [...new Set(bundles)], javaStores };
}
