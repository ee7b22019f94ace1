import type { HostFacts } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";

const GIT_IGNORE = "/run/pale/gitignore";

/**
 * `git stash -u` and `git clean` remove empty directories, and one of them may stand there for what
 * nobody is to make (`.claude`): it is mounted, so they would fail. What is ignored they leave alone.
 */
export function planGitIgnore(facts: HostFacts): MountOperation[] {
  const names = listHeld(facts);
  if (names.length === 0) return [];
  return [
    {
      kind: "text",
      name: "gitignore",
      text: names.map((name) => `/${name}/\n`).join(""),
      destination: GIT_IGNORE,
      why: "directories that stand for what is protected",
    },
  ];
}

/** By variables, for whatever configuration git has inside. */
export function planIgnoreVariables(facts: HostFacts): Record<string, string> {
  if (listHeld(facts).length === 0) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.excludesFile",
    GIT_CONFIG_VALUE_0: GIT_IGNORE,
  };
}

function listHeld({ protected: all, project }: HostFacts): string[] {
  const held = all.filter(
    (fact) => fact.kind === "missing" && fact.placeholder.kind === "directory",
  );
  const inTree = held.filter(({ path }) => contains(project.root, path));
  const names = inTree.map(({ path }) => path.slice(project.root.length + 1));
  return [...new Set(names)].filter((name) => !contains(".git", name)).sort();
}
