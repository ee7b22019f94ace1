import type { Layer, Limit, MountRule, Sourced } from "../policy.ts";
import { CLIPBOARDS, EMPTY_LAYER, NETWORK_MODES } from "../policy.ts";
import { contains, expandHome } from "../plan/paths.ts";

/** What a file that nobody has trusted asks for and does not get. */
export type Refusal = {
  /** What it asks for, as the user would write it. */
  subject: string;
  reason: string;
  /** `file:line` */
  origin: string;
};

/** What the file stands on: everything weaker than it, and where the project is. */
export type Ground = {
  below: Layer;
  home: string;
  /** Real path of the project's root. */
  project: string;
  /** Where an absolute path leads, or would if it were there. */
  follow: (path: string) => string;
};

type Kept = { layer: Partial<Layer>; refused: Refusal[] };

const WIDENS = "widens what an agent may do";

/**
 * The part of a project's file that can only take away, and everything else as refusals:
 * one for each key. docs/configuration.md has the table. Pure, but for `follow`.
 */
export function tighten(file: Layer, ground: Ground): { layer: Layer; refused: Refusal[] } {
  const { below } = ground;
  const { deny, protect } = file;
  const kept = [
    keepNetwork(file, below),
    keepMode(file, below),
    keepSeccomp(file, below),
    keepIdentity(file, below),
    keepClipboard(file, below),
    keepNotify(file, below),
    keepTerminal(file, below),
    keepLimits(file.limits, below.limits),
    keepMounts(file.mounts, ground),
  ];
  const layer = Object.assign({ ...EMPTY_LAYER, deny, protect }, ...kept.map((each) => each.layer));
  return { layer, refused: [...refuseWidening(file), ...kept.flatMap((each) => each.refused)] };
}

/** Settings of which some only take away; each has a function of its own below. */
type Tightening =
  | "network"
  | "mode"
  | "seccomp"
  | "gitIdentity"
  | "terminalFilter"
  | "limits"
  | "mounts"
  | "clipboard"
  | "notify";

type Widening = Exclude<keyof Layer, Tightening | "deny" | "protect" | "variables">;

/** A key that somebody adds to `Layer` is missing here until it is known what it does. */
export const WIDENING: Record<Widening, string> = {
  uses: "uses",
  pathAdd: "path_add",
  allow: "allow",
  registries: "registries",
  endpoints: "endpoints",
  proxies: "proxies",
  logins: "logins",
  sshKeys: "ssh_keys",
  sshConfirm: "ssh_confirm",
  forwards: "forwards",
  publish: "publish",
  sockets: "sockets",
  unprotect: "unprotect",
  command: "command",
  arguments: "arguments",
  warning: "warning",
};

/** Whatever stands under these keys gives something. */
function refuseWidening(file: Layer): Refusal[] {
  const keys = Object.entries(WIDENING) as [Widening, string][];
  const settings = keys.map(([key, subject]) => ({ subject, values: [file[key] ?? []].flat() }));
  const variables = (["pass", "set", "file", "command"] as const).map((kind) => ({
    subject: `env.${kind}`,
    values: file.variables.filter((variable) => variable.kind === kind),
  }));
  return [...settings, ...variables].flatMap(({ subject, values: [first] }) => {
    return first ? [{ subject, reason: WIDENS, origin: first.origin }] : [];
  });
}

function keepNetwork({ network }: Layer, below: Layer): Kept {
  if (network === undefined) return NOTHING;
  const current = below.network?.value ?? "filtered";
  const isWider = NETWORK_MODES.indexOf(network.value) > NETWORK_MODES.indexOf(current);
  if (!isWider) return { layer: { network }, refused: [] };
  return refuse(`network = "${network.value}"`, `is wider than \`${current}\``, network);
}

function keepMode({ mode }: Layer, below: Layer): Kept {
  if (mode === undefined) return NOTHING;
  // Neither is the closer one: of a mount, `blacklist` keeps what is sensitive hidden.
  const isOther = mode.value !== (below.mode?.value ?? "allowlist");
  const subject = `mode = "${mode.value}"`;
  return isOther ? refuse(subject, WIDENS, mode) : { layer: { mode }, refused: [] };
}

function keepSeccomp({ seccomp }: Layer, below: Layer): Kept {
  if (seccomp === undefined) return NOTHING;
  const isWider = !seccomp.value && (below.seccomp?.value ?? true);
  return isWider ? refuse("seccomp = false", WIDENS, seccomp) : { layer: { seccomp }, refused: [] };
}

function keepIdentity({ gitIdentity }: Layer, below: Layer): Kept {
  if (gitIdentity === undefined) return NOTHING;
  const isWider = gitIdentity.value && below.gitIdentity?.value !== true;
  if (!isWider) return { layer: { gitIdentity }, refused: [] };
  return refuse("git_identity = true", WIDENS, gitIdentity);
}

function keepClipboard({ clipboard }: Layer, below: Layer): Kept {
  if (clipboard === undefined) return NOTHING;
  const current = below.clipboard?.value ?? "none";
  const isWider = CLIPBOARDS.indexOf(clipboard.value) > CLIPBOARDS.indexOf(current);
  if (!isWider) return { layer: { clipboard }, refused: [] };
  return refuse(`clipboard = "${clipboard.value}"`, WIDENS, clipboard);
}

/**
 * `none` would hide from the user what is refused; the others make a noise that the user has
 * not asked for, and stop a launch where there is no program for it.
 */
function keepNotify({ notify }: Layer, below: Layer): Kept {
  if (notify === undefined) return NOTHING;
  const isSame = notify.value === (below.notify?.value ?? "none");
  if (isSame) return { layer: { notify }, refused: [] };
  return refuse(`notify = "${notify.value}"`, "is for you to choose, not for a project", notify);
}

function keepTerminal({ terminalFilter }: Layer, below: Layer): Kept {
  if (terminalFilter === undefined) return NOTHING;
  const isWider = !terminalFilter.value && below.terminalFilter?.value === true;
  if (!isWider) return { layer: { terminalFilter }, refused: [] };
  return refuse("terminal_filter = false", WIDENS, terminalFilter);
}

const NOTHING: Kept = { layer: {}, refused: [] };

function refuse(subject: string, reason: string, { origin }: { origin: string }): Kept {
  return { layer: {}, refused: [{ subject, reason, origin }] };
}

function keepLimits(limits: readonly Sourced<Limit>[], below: readonly Sourced<Limit>[]): Kept {
  const known = new Map(below.map(({ value }) => [value.name, value.value]));
  const isHigher = ({ value }: Sourced<Limit>) => value.value > (known.get(value.name) ?? Infinity);
  return {
    layer: { limits: limits.filter((limit) => !isHigher(limit)) },
    refused: limits.filter(isHigher).map(({ value, origin }) => {
      const subject = `limits.${value.name} = ${value.value}`;
      return { subject, reason: `is higher than ${known.get(value.name)}`, origin };
    }),
  };
}

function keepMounts(mounts: readonly MountRule[], ground: Ground): Kept {
  const kept = mounts.map((mount) => ({ mount, ...keepMount(mount, ground) }));
  const refused = kept.flatMap(({ mount: { origin }, problem }) => {
    return problem === undefined ? [] : [{ subject: "mounts", reason: problem, origin }];
  });
  // One is enough to say what is wrong; a file may hold any number of them.
  return { layer: { mounts: kept.flatMap(({ rules }) => rules) }, refused: refused.slice(0, 1) };
}

type KeptMount = { rules: MountRule[]; problem?: string };

function keepMount(mount: MountRule, ground: Ground): KeptMount {
  const { host, access, sandbox, variable, seeds, protect, missing } = mount;
  if (access === "rw" || access === "overlay")
    return problem(`with access \`${access}\` ${WIDENS}`);
  const extras = { sandbox, variable, seed: seeds, protect };
  const [extra] = Object.entries(extras).find(([, value]) => value !== undefined) ?? [];
  if (extra !== undefined) return problem(`with \`${extra}\` ${WIDENS}`);
  if (missing === "create-directory") return problem("with `create` would make a directory");
  const path = expandHome(host, ground.home);
  return access === "mask" ? keepMask(mount, path, ground) : keepReadOnly(mount, path, ground);
}

/** Elsewhere, an empty file could take the place of the agent's own rules. */
function keepMask(mount: MountRule, path: string, { project, follow }: Ground): KeptMount {
  const real = follow(path);
  const isInside = contains(project, real) && real !== project;
  if (!isInside) return problem("may mask only what is inside the project");
  return { rules: [{ ...mount, host: path }] };
}

/**
 * What would be writable at the same place: the rule itself is taken over, so that a link
 * in the project cannot have anything else shown.
 */
function keepReadOnly(mount: MountRule, path: string, ground: Ground): KeptMount {
  const { below, home, project } = ground;
  if (path === project) return { rules: [{ ...mount, host: path }] };
  const same = below.mounts.filter(({ host }) => expandHome(host, home) === path);
  const isShown = same.length > 0 && same.every(({ access }) => access !== "mask");
  if (!isShown) {
    return problem(
      contains(project, path)
        ? "inside the project may only mask; `protect` keeps a path read-only"
        : `shows \`${mount.host}\`, which would not be there`,
    );
  }
  const { origin } = mount;
  const writable = same.filter((rule) => rule.access !== "ro" && !isCovered(rule, ground));
  return { rules: writable.map((rule) => ({ ...rule, access: "ro", origin })) };
}

/** Another rule has its place, or masks it: named again, as the last one, it would show. */
function isCovered(rule: MountRule, { below, home, follow }: Ground): boolean {
  const reach = (path: string) => follow(expandHome(path, home));
  const later = below.mounts.slice(below.mounts.indexOf(rule) + 1);
  return later.some(({ host, sandbox, access }) =>
    access === "mask"
      ? reach(host) === reach(rule.host)
      : reach(sandbox ?? host) === reach(rule.sandbox ?? rule.host),
  );
}

function problem(text: string): KeptMount {
  return { rules: [], problem: text };
}
