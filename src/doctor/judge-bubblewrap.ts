import { isAtLeast } from "../plan/version.ts";
import type { BubblewrapFact, Distribution, DoctorFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

/** Which file it is, what it can do, and which of its known faults concern pale. */
export function judgeBubblewrap({ bwrap, distribution }: DoctorFacts): Finding {
  const check = "bubblewrap";
  if ("problem" in bwrap) return fail(check, bwrap.problem, bwrap.hint);
  const shown = `${bwrap.path} ${bwrap.packaged ?? bwrap.version}, root's and not setuid`;
  const faults = [
    ...listOpenFaults(bwrap),
    ...(isAtLeast(bwrap.version, [0, 8, 0]) ? [] : ["before 0.8.0 `--no-seccomp` is refused"]),
  ];
  if (faults.length > 0) return warn(check, [shown, ...faults].join("; "), UPGRADE[distribution]);
  const harmless = listHarmless(bwrap);
  return ok(check, harmless === "" ? shown : `${shown}; not as pale uses it: ${harmless}`);
}

/** That it goes by links is tried, since distributions mend it without a new version. */
function listOpenFaults({ version, followsLinks, packaged }: BubblewrapFact): string[] {
  const links =
    "CVE-2026-87766: while a sandbox is made, an agent that can write the same project can have empty files made outside of it";
  const unknown = isAtLeast(version, [0, 12, 0]) ? false : undefined;
  const faults = [
    ...(isAtLeast(version, [0, 3, 3])
      ? []
      : ["CVE-2019-12439: other users can keep it from starting"]),
    ...((followsLinks ?? unknown) === false ? [] : [links]),
  ];
  const isCertain = followsLinks !== undefined || packaged === undefined;
  return faults.length > 0 && !isCertain ? [...faults, "this package may have it mended"] : faults;
}

/**
 * Known faults that do not concern an unprivileged bubblewrap called as pale does: from the first
 * version that has it, to the first that has it no more.
 */
const HARMLESS: [name: string, from: number[], to: number[], why: string][] = [
  ["CVE-2016-8659", [0], [0, 1, 3], "setuid only"],
  ["CVE-2020-5291", [0, 4, 0], [0, 4, 1], "setuid only"],
  ["CVE-2026-41163", [0, 11, 0], [0, 11, 2], "setuid only"],
  // Of all versions: the caller is to refuse TIOCSTI, as pale's filter does, or to pass --new-session.
  ["CVE-2017-5226", [0], [0, 1, 8], "the filter refuses TIOCSTI"],
  // Flatpak needed a new option, `--bind-fd`; pale compares what is mounted with what it saw.
  ["CVE-2024-42472", [0], [0, 10, 0], "Flatpak's"],
];

function listHarmless({ version }: BubblewrapFact): string {
  return HARMLESS.filter(([, from, to]) => isAtLeast(version, from) && !isAtLeast(version, to))
    .map(([name, , , why]) => `${name} (${why})`)
    .join(", ");
}

const UPGRADE: Record<Distribution, string> = {
  debian: "sudo apt update && sudo apt install --only-upgrade bubblewrap",
  fedora: "sudo dnf upgrade bubblewrap",
  suse: "sudo zypper update bubblewrap",
  arch: "sudo pacman -Syu bubblewrap",
  alpine: "sudo apk add --upgrade bubblewrap",
  nix: "sudo nix-channel --update && sudo nixos-rebuild switch",
  unknown: "upgrade the package bubblewrap",
};
