import { EXIT } from "../errors.ts";
import type { Section } from "./manual.ts";

/** The day of the version in package.json, and changed with it; a page of the same pale is always the same. */
export const EDITED = "2026-11-21";

/** The sections of the manual page that are not made from the commands. */
export const BEFORE: readonly Section[] = [
  { title: "NAME", paragraphs: ["pale - run coding agents in an unprivileged sandbox"] },
  {
    title: "SYNOPSIS",
    paragraphs: ["pale run [OPTIONS] [--] CMD [ARGS...]", "pale COMMAND [OPTIONS] [ARGS...]"],
  },
  {
    title: "DESCRIPTION",
    paragraphs: [
      "pale runs a program in a sandbox that shows it the project (the git root of the working directory) at its own path, writable; the operating system, read-only; an empty home with what its profile names; and the hosts that its profile lists. Everything else is denied.",
      "A shim of the name of a command, first on PATH, starts it in its sandbox: one types `claude` as always. `claude-raw` is the same program without a sandbox. `pale setup` has the shells put the shims first on PATH.",
      "An unknown key, a missing mount or a missing tool stops the launch and says what to do: nothing degrades in silence.",
    ],
  },
];

export const AFTER: readonly Section[] = [
  {
    title: "FILES",
    entries: [
      ["~/.config/pale/config.toml", "Settings for every profile, and profiles."],
      ["~/.config/pale/profiles/*.toml", "More profiles."],
      [
        ".pale.toml",
        "In a project: what it says of its own sandbox. It can only take away, until `pale trust`.",
      ],
      ["~/.local/share/pale/shims", "The shims; first on PATH."],
      ["~/.local/state/pale", "The log, and the changes that are kept apart in overlays."],
      ["~/.cache/pale", "Compiled configurations."],
    ],
  },
  {
    title: "ENVIRONMENT",
    entries: [
      ["HOME", "Where the files above are. It has to be absolute."],
      [
        "XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME",
        "In place of ~/.config, ~/.local/share, ~/.local/state and ~/.cache.",
      ],
      ["PATH", "Where programs are looked for, past the shims."],
      ["SHELL", "The shell of `pale shellenv` when none is named."],
      [
        "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        "A proxy that the sandbox's own connections go through, too.",
      ],
      ["NO_COLOR", "When set, nothing is coloured."],
    ],
  },
  {
    title: "EXIT STATUS",
    paragraphs: [
      "`pale run` and the shims end as the program does: with its status, or with 128 and the number of the signal that ended it. pale itself ends with:",
    ],
    entries: [
      ["0", "It is done."],
      ["1", "`pale doctor` and `pale selftest`: something is wrong."],
      [String(EXIT.failure), "pale could not do it, and says why."],
      [String(EXIT.notExecutable), "The program is there, and cannot be executed."],
      [String(EXIT.notFound), "The program is not there."],
    ],
  },
  {
    title: "EXAMPLES",
    entries: [
      [
        "pale run -- make test",
        "Any command, with no host to reach and nothing of the home but the project.",
      ],
      ["pale run -u npm -- npm install", "The same with the package registry that your npm uses."],
      ["pale run --dry-run claude", "What would run, with a reason on every line."],
      ["pale why ~/.ssh", "Whether it is there inside, and why."],
      ["pale log --denied", "What was refused, with the line that would allow it."],
    ],
  },
  { title: "SEE ALSO", paragraphs: ["bwrap(1), pasta(1), namespaces(7), seccomp(2)"] },
];
