import { add, addMount, note, set } from "./draft.ts";
import type { Section } from "./draft.ts";
import type { Place } from "./document.ts";
import { isScratch, isWithin, readPath } from "./paths.ts";
import type { ForeignPath } from "./paths.ts";

/** What srt and fence say about files: everything may be read but what is denied. */
export type FileRules = {
  allowRead: readonly string[];
  denyRead: readonly string[];
  allowWrite: readonly string[];
  denyWrite: readonly string[];
  /** Nothing may be read but what is allowed. */
  isClosed: boolean;
};

/** Where it goes: what holds anywhere, and what names the project by its path. */
export type Target = { profile: Section; project: Section; place: Place };

type Rule = { subject: string; path: ForeignPath };

/**
 * Reads become a mode, and mounts that show or mask; writes become mounts that are writable,
 * and `protect` for what stays read-only in the project.
 */
export function addFileRules(target: Target, rules: FileRules): void {
  const read = (key: keyof FileRules, paths: readonly string[]) =>
    paths.map((path): Rule => ({
      subject: `filesystem.${key} ${path}`,
      path: readPath(path, target.place),
    }));
  const denied = read("denyRead", rules.denyRead);
  const isHomeHidden = denied.some(({ path }) => path.kind === "around" && !path.isProject);
  const mode = rules.isClosed || isHomeHidden ? "allowlist" : "blacklist";
  set(target.profile, "mode", mode);
  const writes = read("allowWrite", rules.allowWrite);
  const reads = read("allowRead", rules.allowRead);
  for (const rule of reads) addRead(target, rule, mode);
  addWrites(target, writes);
  const shown = [...reads, ...writes].flatMap(({ path }) => {
    return path.kind === "elsewhere" ? [path.host] : [];
  });
  for (const rule of denied) addDeniedRead(target, rule, { mode, shown });
  for (const rule of read("denyWrite", rules.denyWrite)) addDeniedWrite(target, rule, shown);
}

const PATTERN = "pale has no patterns, so name the files one by one";

function addWrites({ profile, project, place }: Target, rules: readonly Rule[]): void {
  const isWritable = rules.some(({ path }) => path.kind === "around");
  if (!isWritable) {
    addMount(project, { host: place.project, access: "ro" });
    note(project, "same", ["filesystem.allowWrite", "without `.` the project is read-only"]);
  }
  for (const { subject, path } of rules) {
    if (path.kind === "pattern") note(profile, "stricter", [subject, PATTERN]);
    else if (path.kind === "around") addAround(profile, subject, path.isProject);
    else if (isScratch(path.host)) {
      note(profile, "same", [subject, "pale makes one anew for each sandbox, writable"]);
    } else if (path.kind === "elsewhere") {
      addMount(profile, { host: path.host, access: "rw", optional: true });
    } else if (isWritable) note(profile, "same", [subject, "the project is writable"]);
    else addMount(project, { host: path.host, access: "rw", optional: true });
  }
}

function addAround(profile: Section, subject: string, isProject: boolean): void {
  if (isProject) return note(profile, "same", [subject, "the project is writable"]);
  note(profile, "stricter", [
    subject,
    "only the project in it is writable; name what else must be",
  ]);
}

function addRead({ profile }: Target, { subject, path }: Rule, mode: string): void {
  if (path.kind === "pattern") return note(profile, "stricter", [subject, PATTERN]);
  if (path.kind === "inside") return note(profile, "same", [subject, "the project is shown"]);
  if (path.kind === "elsewhere") {
    return addMount(profile, { host: path.host, access: "ro", optional: true });
  }
  if (path.isProject) return note(profile, "same", [subject, "the project is shown"]);
  if (mode === "blacklist") return note(profile, "same", [subject, "what is not masked is shown"]);
  note(profile, "stricter", [subject, "it holds the home directory; name what is needed of it"]);
}

type Shown = { mode: string; shown: readonly string[] };

function addDeniedRead(target: Target, { subject, path }: Rule, { mode, shown }: Shown): void {
  const { profile, project } = target;
  switch (path.kind) {
    case "pattern":
      return note(profile, "looser", [subject, PATTERN]);
    case "around":
      if (path.isProject) {
        return note(profile, "looser", [
          subject,
          "pale shows the project; name what to mask in it",
        ]);
      }
      return note(profile, "same", [subject, 'mode = "allowlist" shows only what is named']);
    case "inside":
      return addMount(project, { host: path.host, access: "mask", optional: true });
    case "elsewhere":
      if (shown.includes(path.host)) {
        return note(profile, "looser", [subject, "it is allowed as well, and shown"]);
      }
      if (mode === "allowlist" && path.host.startsWith("~/") && !isWithin(path.host, shown)) {
        return note(profile, "same", [subject, "nothing shows it"]);
      }
      return addMount(profile, { host: path.host, access: "mask", optional: true });
  }
}

function addDeniedWrite(
  { profile }: Target,
  { subject, path }: Rule,
  shown: readonly string[],
): void {
  switch (path.kind) {
    case "pattern":
      return note(profile, "looser", [subject, PATTERN]);
    case "around":
      return note(profile, path.isProject ? "looser" : "same", [
        subject,
        path.isProject
          ? "pale shows the project writable; give it a mount with access `ro`"
          : "only what is named is writable",
      ]);
    case "inside":
      return add(profile, "protect", path.below);
    case "elsewhere":
      if (!isWithin(path.host, shown)) {
        return note(profile, "same", [subject, "nothing shows it writable"]);
      }
      return addMount(profile, { host: path.host, access: "ro", optional: true });
  }
}
