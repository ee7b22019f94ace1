import type { Source, Values } from "../completion/definition.ts";
import { findNearest } from "../config/nearest.ts";
import { UserError } from "../errors.ts";
import { LIMITS } from "../policy.ts";
import { wrapLine } from "../terminal.ts";
import { readOptionTokens } from "./option-tokens.ts";
import type { OptionShape, OptionToken } from "./option-tokens.ts";

/**
 * The options of `pale run`: one list for the parser on the launch path and for the
 * help text. The first word that is no option, or `--`, ends them, so the options of
 * the command never need quoting.
 */
export type RunOption = {
  name: string;
  short?: string;
  /** How the help names the value; absent for a switch. */
  value?: string;
  /** What shells complete for it, where `value` does not say so. */
  values?: Values;
  help: string;
  /** For shims; see docs/how-it-works.md. */
  isHidden?: boolean;
};

function from(...sources: Source[]): Values {
  return { sources, choices: [] };
}

export const RUN_OPTIONS: readonly RunOption[] = [
  { name: "profile", value: "NAME", help: "profile to use (default: the one named like CMD)" },
  {
    name: "uses",
    short: "u",
    value: "NAME",
    values: from("profile"),
    help: "build on another profile too",
  },
  {
    name: "mount",
    short: "m",
    value: "HOST[:INSIDE[:ACCESS]]",
    values: from("path"),
    help: "show a host path (see access)",
  },
  { name: "ro", value: "PATH", help: "show a host path, read-only" },
  { name: "rw", value: "PATH", help: "show a host path, writable" },
  { name: "overlay", value: "PATH", help: "show a host path, writable, changes kept apart" },
  { name: "mask", value: "PATH", help: "show an empty file or directory in a path's place" },
  {
    name: "socket",
    value: "PATH|$NAME[:INSIDE]",
    values: from("path"),
    help: "show a unix socket of the host",
  },
  { name: "protect", value: "PATH", help: "keep a path of the project read-only" },
  { name: "unprotect", value: "PATH", help: "let a path of the project be written after all" },
  { name: "path-add", short: "p", value: "DIR", help: "put a directory in front of PATH" },
  {
    name: "env",
    short: "e",
    value: "NAME[=VALUE]",
    values: from("variable"),
    help: "pass or set a variable",
  },
  {
    name: "env-file",
    value: "NAME=PATH",
    values: from("variable-file"),
    help: "set a variable to what a host file holds",
  },
  {
    name: "env-command",
    value: "NAME=COMMAND",
    values: from("variable"),
    help: "set a variable to what a command prints outside",
  },
  {
    name: "limit",
    value: "NAME=VALUE",
    values: { sources: [], choices: LIMITS.map((name) => `${name}=`) },
    help: "processes, open_files, memory, file_size, tmp_size",
  },
  {
    name: "mode",
    value: "allowlist|blacklist",
    help: "what is named, or all but what is sensitive",
  },
  { name: "network", value: "none|filtered|open|host", help: "how much of the network" },
  {
    name: "allow",
    value: "HOST[:PORT]",
    values: from("denied-host"),
    help: "let a host be reached (`*.HOST`: all below it)",
  },
  {
    name: "deny",
    value: "HOST[:PORT]",
    values: from("reached-host"),
    help: "keep a host out, whatever is allowed",
  },
  { name: "registry", value: "npm|pip|cargo", help: "let your package registries be reached" },
  {
    name: "endpoint",
    value: "NAME",
    values: from("variable"),
    help: "let the server be reached whose URL a variable holds",
  },
  { name: "login", value: "claude|codex", help: "keep this agent's log-in outside" },
  { name: "ssh-key", value: "KEY", help: "let a key of your ssh agent be used inside" },
  { name: "ssh-confirm", value: "log|ask", help: "what is done at each of its signatures" },
  {
    name: "forward",
    short: "f",
    value: "PORT[:INSIDE]",
    help: "show a server of the host's loopback",
  },
  {
    name: "publish",
    value: "PORT[:HOST]|auto",
    values: { sources: [], choices: ["auto"] },
    help: "show a server inside on the host's loopback",
  },
  { name: "notify", value: "none|bell|desktop", help: "tell at once when a host is refused" },
  { name: "clipboard", value: "none|images|all", help: "what may be read of the clipboard" },
  { name: "git-identity", help: "name and address for commits, as your git has them" },
  { name: "no-git-identity", help: "no name for commits" },
  { name: "learn", help: "let every host be reached and note it: see `pale learned`" },
  { name: "seccomp", help: "filter system calls (the default)" },
  { name: "no-seccomp", help: "allow all system calls that do not lead out" },
  { name: "terminal-filter", help: "remove escape sequences that act on more than the screen" },
  { name: "no-terminal-filter", help: "let the agent write to the terminal itself (the default)" },
  { name: "project", value: "DIR", help: "the writable directory (default: the git root)" },
  { name: "config", value: "FILE", help: "read this configuration instead of the user's" },
  { name: "no-config", help: "read no configuration, only the profiles shipped with pale" },
  { name: "no-project-file", help: "leave the project's own `.pale.toml` out" },
  { name: "shim", help: "said by shims: inside of a sandbox, run CMD as it is" },
  { name: "dry-run", value: "[=json]", help: "print what would be done, and do nothing" },
  { name: "help", short: "h", help: "show this help" },
  {
    name: "plan",
    value: "HASH:FILE",
    help: "the plan that a shim was written with",
    isHidden: true,
  },
  { name: "program", value: "FILE", help: "run this, called CMD", isHidden: true },
];

/** Options as written, in order, and what follows them. */
export type RunArguments = { options: { name: string; value: string }[]; command: string[] };

/** @throws UserError for an unknown option, a missing value or a value too many */
export function parseRunArguments(argv: readonly string[]): RunArguments {
  const { tokens, rest } = readOptionTokens(argv, RUN_OPTIONS.map(describeShape));
  return { options: tokens.map(readOption), command: rest };
}

function describeShape({ name, short, value }: RunOption): OptionShape {
  const takesValue = value !== undefined && name !== "dry-run";
  return { name, takesValue, ...(short !== undefined && { short }) };
}

function readOption(token: OptionToken): { name: string; value: string } {
  const { name, rawName, value } = token;
  const option = RUN_OPTIONS.find((known) => known.name === name);
  if (!option) throw unknownOption(rawName);
  if (option.value === undefined && value !== undefined) {
    throw new UserError(`\`${rawName}\` takes no value`, { hint: "see `pale run --help`" });
  }
  if (option.value !== undefined && name !== "dry-run" && isMissing(token)) {
    throw new UserError(`\`${rawName}\` needs a value`, { hint: `${rawName} ${option.value}` });
  }
  return { name, value: value ?? "" };
}

/** An empty word (`--rw "$UNSET"`) would name the working directory, and `--` or an option is no value. */
function isMissing({ value, inlineValue }: OptionToken): boolean {
  return !value || (inlineValue === false && value.startsWith("-"));
}

function unknownOption(rawName: string): UserError {
  const nearest = findNearest(
    rawName.replace(/^-+/u, ""),
    RUN_OPTIONS.map(({ name }) => name),
  );
  return new UserError(`unknown option \`${rawName}\``, {
    hint: nearest ? `did you mean \`--${nearest}\`?` : "see `pale run --help`",
  });
}

/**
 * The help text of `pale run`, from the same list.
 *
 * @param columns of the terminal that it is for; `undefined` for none
 */
export function describeRunOptions(columns?: number): string {
  const shown = RUN_OPTIONS.filter(({ isHidden }) => isHidden !== true);
  const rows = shown.map(({ name, short, value, help }) => {
    const separator = value?.startsWith("[") ? "" : " ";
    const flag = `${short === undefined ? "   " : `-${short},`} --${name}${value === undefined ? "" : separator + value}`;
    return wrapLine(`  ${flag.padEnd(38)} ${help}`, columns, 41);
  });
  return [
    "Usage: pale run [OPTIONS] [--] CMD [ARGS...]",
    "",
    "Run CMD in a sandbox that shows it the project and what its profile names.",
    "",
    ...rows,
    "",
  ].join("\n");
}
