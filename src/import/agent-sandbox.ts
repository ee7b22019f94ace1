import { noteRest, readStrings, readSwitch } from "./document.ts";
import type { Document, Place, Reason } from "./document.ts";
import { add, addMount, makeSection, note, set } from "./draft.ts";
import type { Draft, Section } from "./draft.ts";
import { readPath } from "./paths.ts";
import { translateProfiles } from "./profiles.ts";

const REASONS: Record<string, Reason> = {
  hardened: ["same", "pale always unshares IPC, PID and UTS"],
  "env-filter": ["stricter", "pale passes only variables that are named: env.pass"],
  unsetenv: ["same", "pale passes no variable that nobody named"],
  "bwrap-arg": ["looser", "pale makes the whole command line of bubblewrap itself"],
  "dry-run": ["same", "pale run --dry-run"],
  "persistent-tmp": ["stricter", "/tmp and /var/tmp are anew each time"],
  "persistent-key": ["stricter", "/tmp and /var/tmp are anew each time"],
  "extra-config": ["looser", "what that file says is not here: translate it as well"],
};

const TRANSLATED = [
  ...["whitelist", "blacklist", "unshare-net", "no-net", "share-net", "seccomp"],
  ...["ro", "rw", "mask", "setenv", "command"],
];

/** Defaults at the top and `[profile.NAME]` tables, whose keys are the names of flags. */
export function translateAgentSandbox(document: Document, place: Place): Draft {
  const { profile = {}, ...defaults } = document;
  const top = translateTable(makeSection(), defaults, place);
  const isDecided = ["unshare-net", "no-net", "share-net"].some((key) => key in defaults);
  if (!isDecided) {
    const reason =
      'agent-sandbox shares the host\'s network; pale filters: `allow`, or network = "host"';
    note(top, "stricter", ["no unshare-net", reason]);
  }
  return [top, ...translateProfiles(profile, top, (...table) => translateTable(...table, place))];
}

function translateTable(section: Section, settings: Document, place: Place): Section {
  const mode = readMode(settings);
  if (mode !== undefined) set(section, "mode", mode);
  const isUnshared =
    readSwitch(settings, "unshare-net") ??
    readSwitch(settings, "no-net") ??
    negate(readSwitch(settings, "share-net"));
  if (isUnshared !== undefined) set(section, "network", isUnshared ? "none" : "host");
  const seccomp = readSwitch(settings, "seccomp");
  if (seccomp !== undefined) set(section, "seccomp", seccomp);
  const command = readStrings(settings, "command");
  if (command.length > 0) set(section, "command", command);
  for (const access of ["ro", "rw", "mask"] as const) {
    for (const path of readStrings(settings, access))
      translateMount(section, { path, access }, place);
  }
  for (const variable of readStrings(settings, "setenv")) addVariable(section, variable);
  noteRest(section, settings, { translated: TRANSLATED, reasons: REASONS });
  return section;
}

function readMode(settings: Document): string | undefined {
  const isWhite = readSwitch(settings, "whitelist") ?? negate(readSwitch(settings, "blacklist"));
  if (isWhite === undefined) return undefined;
  return isWhite ? "allowlist" : "blacklist";
}

function negate(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

type Mount = { path: string; access: "ro" | "rw" | "mask" };

function translateMount(section: Section, { path, access }: Mount, place: Place): void {
  const subject = `${access} ${path}`;
  const kind = access === "mask" ? "looser" : "stricter";
  const read = readPath(path, place);
  if (read.kind === "pattern" || !/^(?:~$|~\/|\/)/u.test(path)) {
    const reason = "pale takes absolute paths and `~/...`, and no patterns";
    return note(section, kind, [subject, reason]);
  }
  if (read.kind === "around") {
    return note(section, kind, [subject, "it holds the home directory or the project"]);
  }
  if (access !== "mask" && /\.sock(?:et)?$/u.test(read.host)) {
    return add(section, "sockets", read.host);
  }
  addMount(section, { host: read.host, access, ...(access === "mask" && { optional: true }) });
}

function addVariable(section: Section, text: string): void {
  const [, name, value = ""] = /^([A-Za-z_]\w*)=([^\u0000]*)$/u.exec(text) ?? [];
  if (name !== undefined) return set(section, `env.set.${name}`, value);
  note(section, "stricter", [`setenv ${text}`, "it is no NAME=VALUE"]);
}
