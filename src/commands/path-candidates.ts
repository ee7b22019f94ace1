import { resolve } from "node:path";
import { shortenHome } from "../config/show-policy.ts";
import { formatString } from "../config/toml-words.ts";
import type { PathState } from "../plan/inside.ts";
import { contains } from "../plan/paths.ts";
import type { Access, Layer } from "../policy.ts";
import { quoteForShell } from "../terminal.ts";

/** A setting that may change what is found at a path: as data, as a flag, as a line of a file. */
export type Candidate = { label: string; layer: Partial<Layer>; flag: string; toml: string };

export type Spot = {
  /** As it was asked for: absolute. */
  path: string;
  /** Where the mount that decides is. */
  mount: string | undefined;
  /** The project's root. */
  root: string;
  home: string;
  /** The host has something there. */
  isOnHost: boolean;
};

/** What is worth trying, the best first. */
export function listCandidates(spot: Spot, state: PathState): Candidate[] {
  switch (state) {
    case "not there":
    case "masked":
      return spot.isOnHost ? [show(spot, "ro")] : [];
    case "read-only":
      return spot.isOnHost ? [show(spot, "rw")] : [];
    case "read-write":
      return [...projectPath("protect", spot.path, spot.root), show(spot, "mask")];
    case "protected":
      return [...projectPath("unprotect", spot.mount ?? "", spot.root), show(spot, "rw")];
    case "own":
      return [];
  }
}

const LABELS: Record<Access | "protect" | "unprotect", string> = {
  ro: "show it",
  rw: "let it be written",
  overlay: "let it be written, the changes kept apart",
  mask: "hide it",
  protect: "keep it read-only",
  unprotect: "let it be written",
};

function show({ path, home }: Spot, access: Access): Candidate {
  const entry = access === "ro" ? "" : `, access = "${access}"`;
  const host = formatString(shortenHome(path, home));
  return {
    label: LABELS[access],
    layer: { mounts: [{ host: resolve(path), access, missing: "fail", origin: `--${access}` }] },
    flag: `--${access} ${quoteForShell(path)}`,
    toml: `mounts = [{ host = ${host}${entry} }]`,
  };
}

function projectPath(key: "protect" | "unprotect", path: string, root: string): Candidate[] {
  if (!contains(root, path) || path === root) return [];
  const below = path.slice(root.length + 1);
  return [
    {
      label: LABELS[key],
      layer: { [key]: [{ value: below, origin: `--${key}` }] },
      flag: `--${key} ${quoteForShell(below)}`,
      toml: `${key} = [${formatString(below)}]`,
    },
  ];
}
