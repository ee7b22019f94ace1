import { isObject } from "../object.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { isPort, isProfileName, noteRest, readStrings, valueAt } from "./document.ts";
import type { Document, Place, Reason } from "./document.ts";
import { add, addMount, makeSection, note, set } from "./draft.ts";
import type { Draft, Section } from "./draft.ts";
import { readPath } from "./paths.ts";
import { translateProfiles } from "./profiles.ts";

const REASONS: Record<string, Reason> = {
  readonly: [
    "looser",
    'pale shows the project writable: for one, [project."DIR"] with a mount of access `ro`',
  ],
  path: ["same", "pale takes PATH from you, as far as it is shown; `path_add` puts more in front"],
};

const TRANSLATED = ["uses", "mounts", "path_add", "forwards", "env", "proxies", "public_web"];

/** `[profile.NAME]` tables, which are much like pale's own. */
export function translateRedoubtful(document: Document, place: Place): Draft {
  const { profile = {}, ...rest } = document;
  const top = makeSection();
  noteRest(top, rest, { translated: [], reasons: {} });
  return [top, ...translateProfiles(profile, top, (...table) => translateProfile(...table, place))];
}

function translateProfile(section: Section, settings: Document, place: Place): Section {
  for (const name of readStrings(settings, "uses")) addUse(section, name);
  addNetwork(section, settings);
  for (const mount of tablesAt(settings, "mounts")) translateMount(section, mount, place);
  for (const path of readStrings(settings, "path_add")) addPath(section, path, place);
  for (const forward of tablesAt(settings, "forwards")) addForward(section, forward);
  for (const variable of tablesAt(settings, "env")) addVariable(section, variable);
  for (const proxy of tablesAt(settings, "proxies")) addProxy(section, proxy);
  const translated = settings["readonly"] === false ? [...TRANSLATED, "readonly"] : TRANSLATED;
  noteRest(section, settings, { translated, reasons: REASONS });
  return section;
}

/** A list with a table in it that is none is not translated in part. */
function tablesAt(settings: Document, key: string): Document[] {
  const value = valueAt(settings, key) ?? [];
  return Array.isArray(value) && value.every(isObject)
    ? value
    : readStrings(settings, key).map(() => ({}));
}

function addUse(section: Section, name: string): void {
  if (isProfileName(name)) return add(section, "uses", name);
  note(section, "stricter", [`uses ${name}`, "it is no name of a profile"]);
}

function addNetwork(section: Section, settings: Document): void {
  const action = settings["public_web"];
  if (action === undefined) return;
  set(section, "network", action === "allow" ? "open" : "filtered");
}

function translateMount(section: Section, mount: Document, place: Place): void {
  const { host, sandbox, access } = mount;
  const [from, to] = [host, sandbox].map((path) =>
    path === undefined ? undefined : toHost(path, place),
  );
  const subject = `mounts ${JSON.stringify(mount)}`;
  if (from === undefined || (sandbox !== undefined && to === undefined)) {
    return note(section, "stricter", [subject, "pale takes absolute paths and `~/...`"]);
  }
  addMount(section, {
    host: from,
    ...(to !== undefined && { sandbox: to }),
    ...(access === "rw" && { access }),
  });
}

function toHost(path: unknown, place: Place): string | undefined {
  if (typeof path !== "string" || !/^(?:~$|~\/|\/)/u.test(path)) return undefined;
  const read = readPath(path, place);
  return read.kind === "pattern" ? undefined : read.host;
}

function addPath(section: Section, path: string, place: Place): void {
  const host = toHost(path, place);
  if (host !== undefined) return add(section, "path_add", host);
  note(section, "stricter", [`path_add ${path}`, "pale takes absolute paths and `~/...`"]);
}

function addForward(section: Section, { host_port, sandbox_port = host_port }: Document): void {
  if (isPort(host_port) && isPort(sandbox_port)) {
    return add(section, "forwards", { host_port, sandbox_port });
  }
  note(section, "stricter", [
    `forwards ${String(host_port)}`,
    "a port is a number from 1 to 65535",
  ]);
}

function addVariable(section: Section, { name, value }: Document): void {
  const subject = `env ${String(name)}`;
  const isName = /^[A-Za-z_]\w*$/u.test(String(name));
  if (!isName || String(value).includes("\0")) {
    return note(section, "stricter", [subject, "it is no variable"]);
  }
  if (value === undefined) return add(section, "env.pass", String(name));
  set(
    section,
    `env.set.${String(name)}`,
    typeof value === "string" ? value : JSON.stringify(value),
  );
}

function addProxy(section: Section, proxy: Document): void {
  const { host, port = 443, action = "allow", ...injected } = proxy;
  const subject = `proxies ${String(host)}`;
  for (const key of Object.keys(injected)) {
    note(section, "stricter", [`${subject} ${key}`, "pale puts no credentials into connections"]);
  }
  if (/^(?:localhost|127\.[\d.]+)$/u.test(String(host))) {
    return note(section, "same", [subject, "what `forwards` names can be reached"]);
  }
  const text = action === "deny" ? String(host) : `${String(host)}:${String(port)}`;
  const rule = parseHostRule(text);
  if ("problem" in rule) {
    return note(section, action === "deny" ? "looser" : "stricter", [subject, rule.problem]);
  }
  add(section, action === "deny" ? "deny" : "allow", rule.text);
}
