import type { HostFacts } from "./facts.ts";

/**
 * The host's directories whose content an agent may have made: in this sandbox or in an earlier
 * one. What is read-only now, or kept apart, need not have been so at the launch before.
 */
export function listWritable({ project, mounts }: Pick<HostFacts, "project" | "mounts">): string[] {
  const open = mounts.filter(({ mount }) => mount.access === "rw" || mount.access === "overlay");
  return [project.root, ...project.gitDirectories, ...open.map(({ real }) => real)];
}
