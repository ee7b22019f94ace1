import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { NetworkMode } from "../policy.ts";
import { planAnchors } from "./anchors.ts";
import { planAuthorities } from "./authorities.ts";
import { planBlacklist } from "./blacklist.ts";
import { planClipboardCommands } from "./clipboard.ts";
import { planEtc } from "./etc-mounts.ts";
import type { HostFacts, Link } from "./facts.ts";
import { planMasks } from "./masks.ts";
import { comparePaths, contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { checkPlantedLinks } from "./planted-links.ts";
import { planGitIgnore } from "./git-ignore.ts";
import { planGitIdentity } from "./git-identity.ts";
import { planProtection } from "./protection.ts";
import { collectLinks, planRules } from "./rule-mounts.ts";
import { checkControlSockets, planSocketParents } from "./sockets.ts";
import { planSshAgentSocket } from "./ssh-agent.ts";
import { planPrivate, planSystem } from "./system-mounts.ts";
import { findCovering, followMadeLinks } from "./visible.ts";

/**
 * The whole file system of the sandbox, in the order in which it is made: parents
 * before what is in them, so that a mount inside another always shows. Of two mounts
 * on one place the one named later counts: the rules come after the ground they stand
 * on, and the command line's after the profile's.
 */
export function planMounts(facts: HostFacts, network: NetworkMode): MountOperation[] {
  const { blacklist } = facts;
  const ground = [
    ...(blacklist ? planBlacklist(facts, blacklist, network) : planAllowlist(facts, network)),
    ...planGitIdentity(facts),
    ...planGitIgnore(facts),
    ...planClipboardCommands(facts),
    ...planSshAgentSocket(facts),
  ];
  ground.push(...planAuthorities(facts, ground));
  checkPlantedLinks(facts);
  checkControlSockets(facts);
  const reached = collectLinks(facts);
  const made = [...ground, ...reached.map(planLink)];
  // A mount on `/var/run/x` goes to `/run/x`, as the sandbox has that link too.
  const rules = planRules(facts, ground).map((rule) => ({
    ...rule,
    destination: followMadeLinks(rule.destination, made),
  }));
  checkOwnDirectories(rules, facts.home.ownDirectories);
  for (const rule of rules) checkDestination(rule, [...ground, ...rules], facts);
  checkCovered(rules, ground);
  const shown = keepLast([...ground, ...rules]);
  const open = dropHidden(keepLast([...shown, ...planMasks(facts, shown)]));
  const mounts = keepLast([...open, ...planProtection(facts, open)]);
  const inner = [...planAnchors(mounts), ...planSocketParents(facts.sockets, mounts)];
  const all = [...mounts, ...inner, ...planLinks(reached, mounts)];
  all.sort((a, b) => comparePaths(a.destination, b.destination));
  const masked = mounts.filter((mount) => mount.kind === "mask" && mount.of === "directory");
  const frozen = masked.map(({ destination }) => freeze(destination));
  return [...all, ...frozen, ...(blacklist ? [] : [freeze("/etc")]), freeze("/")];
}

/** The ground on which only what is named is shown. */
function planAllowlist(facts: HostFacts, network: NetworkMode): MountOperation[] {
  return [
    ...planSystem(facts.system),
    ...planEtc(facts, network),
    ...planPrivate(facts.identity),
    planHome(facts),
  ];
}

function planHome({ home }: HostFacts): MountOperation {
  return { kind: "tmpfs", destination: home.real, mode: 0o700, why: "an empty home" };
}

function freeze(destination: string): MountOperation {
  return { kind: "freeze", destination, why: "nothing can be added where nothing is mounted" };
}

/** No agent may write the policy that it runs under, nor read what pale remembers. */
function checkOwnDirectories(rules: readonly MountOperation[], own: readonly string[]): void {
  for (const rule of rules) {
    if (rule.kind !== "bind") continue;
    const hit = own.find((path) => contains(rule.source, path) || contains(path, rule.source));
    if (hit === undefined) continue;
    throw new UserError(
      `the mount \`${rule.source}\` would show \`${hit}\`, where pale keeps its own files`,
      {
        origin: rule.why,
        hint: "mount a directory beside or below it instead",
      },
    );
  }
}

/** bubblewrap makes a missing place for a mount. Inside a bind, it would do so on the host. */
function checkDestination(
  rule: MountOperation,
  mounts: readonly MountOperation[],
  facts: HostFacts,
): void {
  const others = mounts.filter(({ destination }) => destination !== rule.destination);
  const outer = findCovering(rule.destination, others);
  if (outer === undefined || isMadeAnew(outer)) return;
  const { destination } = rule;
  if (outer.kind === "bind" && rule.kind === "bind") {
    const onHost = join(outer.source, destination.slice(outer.destination.length));
    if (onHost === rule.source) return;
    if (facts.mounts.some(({ place }) => place === onHost && place === destination)) return;
  }
  throw new UserError(`nothing can be mounted on \`${destination}\``, {
    origin: rule.why,
    hint: `choose a place that exists, or one outside of \`${outer.destination}\``,
  });
}

/** Where a place for a mount can be made. */
function isMadeAnew({ kind }: MountOperation): boolean {
  return kind === "tmpfs" || kind === "mask" || kind === "dev";
}

/** What pale makes anew is not the host's after all, nor made inside of what is the host's. */
function checkCovered(rules: readonly MountOperation[], ground: readonly MountOperation[]): void {
  const made = ground.filter(({ kind }) => !REPLACEABLE.has(kind));
  for (const rule of rules) {
    const covered = made.find(({ destination, kind }) => {
      const isReplaced =
        destination === rule.destination && (kind === "text" || kind === "directory");
      return contains(rule.destination, destination) && !isReplaced;
    });
    if (covered === undefined) continue;
    throw new UserError(`nothing can be mounted over \`${covered.destination}\``, {
      origin: rule.why,
      hint: `pale makes it anew; mount only what is needed below \`${rule.destination}\``,
    });
  }
}

const REPLACEABLE: ReadonlySet<MountOperation["kind"]> = new Set(["bind", "tmpfs", "mask"]);

function keepLast(mounts: readonly MountOperation[]): MountOperation[] {
  return [...new Map(mounts.map((mount) => [mount.destination, mount])).values()];
}

/** Leave out a read-only bind of what is shown read-only at the same place anyway. */
function dropHidden(mounts: readonly MountOperation[]): MountOperation[] {
  const shown = new Set(mounts.filter(isShownAsItIs).map(({ destination }) => destination));
  return mounts.filter((mount) => {
    if (!isShownAsItIs(mount) || !isBelowOneOf(mount.destination, shown)) return true;
    const others = mounts.filter((other) => other !== mount);
    const covering = findCovering(mount.destination, others);
    return covering === undefined || !isShownAsItIs(covering);
  });
}

/** By its parents: every launch asks this for every mount. */
function isBelowOneOf(path: string, directories: ReadonlySet<string>): boolean {
  let parent = path;
  while (parent.length > 1) {
    parent = dirname(parent);
    if (directories.has(parent)) return true;
  }
  return false;
}

function isShownAsItIs(mount: MountOperation): boolean {
  return mount.kind === "bind" && mount.access === "ro" && mount.source === mount.destination;
}

/** Links are needed only where the sandbox has a directory of its own making. */
function planLinks(links: readonly Link[], mounts: readonly MountOperation[]): MountOperation[] {
  const wanted = new Map(links.map((link) => [link.path, link]));
  return [...wanted.values()]
    .filter(({ path }) => {
      const covering = findCovering(dirname(path), mounts);
      const isTaken = mounts.some((mount) => mount.destination === path);
      return !isTaken && (covering === undefined || isMadeAnew(covering));
    })
    .map(planLink);
}

function planLink({ path, target }: Link): MountOperation {
  const why = "a link that a program or the project is reached by";
  return { kind: "link", target, destination: path, why };
}
