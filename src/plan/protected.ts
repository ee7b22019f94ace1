import type { Placeholder } from "./facts.ts";

/** A path that agents must not write: what is there stays, what is not is not made. */
export type ProtectedName = { name: string; why: string };

/** In a git directory; `missing` is what stands there when nothing else does. */
export type ProtectedGitName = ProtectedName & { missing: Placeholder };

/** A path of the project that a program on the host runs, or takes commands from, by itself. */
export const PROJECT_NAMES: readonly ProtectedName[] = [
  { name: ".envrc", why: "direnv runs it" },
  { name: ".gitmodules", why: "git fetches what it names" },
  { name: ".pre-commit-config.yaml", why: "pre-commit runs what it names" },
  { name: ".husky", why: "git runs the hooks in it" },
  { name: ".vscode", why: "the editor runs its tasks and settings" },
  { name: ".idea", why: "the editor runs its configurations" },
  { name: ".mcp.json", why: "agents run the servers that it names" },
  { name: ".claude/settings.json", why: "claude runs its hooks" },
  { name: ".claude/settings.local.json", why: "claude runs its hooks" },
  { name: ".claude/hooks", why: "claude runs them" },
  { name: ".claude/commands", why: "claude runs the commands in them" },
  { name: ".claude/agents", why: "claude gives them tools" },
  { name: ".claude/skills", why: "claude runs the commands in them" },
  { name: ".codex", why: "codex takes its settings from it" },
  { name: ".pi", why: "pi runs the extensions in it" },
  { name: ".pale.toml", why: "pale takes its settings from it" },
];

/**
 * A project may be where a home directory's files are kept. One that has none of these is not;
 * in one that has, the others are not to be made either.
 */
export const SHELL_NAMES: readonly ProtectedName[] = [
  ".profile",
  ".bash_profile",
  ".bash_login",
  ".bashrc",
  ".bash_logout",
  ".zshenv",
  ".zprofile",
  ".zshrc",
  ".zlogin",
  ".zlogout",
].map((name) => ({ name, why: "shells run it, where it is linked to" }));

const EMPTY: Placeholder = { kind: "file", text: "" };
const DIRECTORY: Placeholder = { kind: "directory" };

/** In every git directory: the repository's own, and those of its submodules. */
export const GIT_NAMES: readonly ProtectedGitName[] = [
  { name: "hooks", why: "git runs them", missing: DIRECTORY },
  { name: "config", why: "it names programs that git runs", missing: EMPTY },
  { name: "config.worktree", why: "it names programs that git runs", missing: EMPTY },
  { name: "info/attributes", why: "it chooses filters that git runs", missing: EMPTY },
  // What git would do without one; an empty one is an error.
  {
    name: "commondir",
    why: "it names another directory for hooks and config",
    missing: { kind: "file", text: "." },
  },
];

/** In the metadata of each linked worktree. */
export const WORKTREE_NAMES: readonly ProtectedGitName[] = [
  { name: "config.worktree", why: "it names programs that git runs", missing: EMPTY },
  { name: "gitdir", why: "it says where the worktree is", missing: EMPTY },
  { name: "commondir", why: "it names the directory of hooks and config", missing: EMPTY },
];

/** The project's `.git`, where it is no directory. */
export const GIT_FILE_WHY = "it names the directory of hooks and config";
export const NO_GIT_WHY = "git would run the hooks in it";

/** What git ignores in a working tree, so that no command of it is disturbed. */
export const IN_PROJECT: Placeholder = { kind: "nothing" };

/** In an agent's state, by what the agent expects there. */
export function choosePlaceholder(path: string): Placeholder {
  if (path.endsWith(".json")) return { kind: "file", text: "{}" };
  return /\.\w+$/u.test(path) ? EMPTY : DIRECTORY;
}
