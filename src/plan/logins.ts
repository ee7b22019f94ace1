import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { LoginFact } from "./facts.ts";
import { contains } from "./paths.ts";
import type { LoginPlan, MountOperation, Preparation } from "./plan.ts";

/** A file system in which other directories stand for those with the real log-ins. */
export type WithLogins = {
  mounts: MountOperation[];
  preparations: Preparation[];
  logins: LoginPlan[];
};

/**
 * Puts a directory of pale's in the place of the one that holds the log-in. A file mounted over
 * another one would not do: when a program outside puts a new file in the place of the old one,
 * the kernel takes the mount away, and the new one is there. So the real file is in no mount at
 * all. The directories beside it are shown as they were; files are the sandboxes' own.
 *
 * @throws UserError for an overlay, which would hold the real file
 */
export function planLogins(
  facts: readonly LoginFact[],
  planned: Omit<WithLogins, "logins">,
): WithLogins {
  const empty: WithLogins = { ...planned, logins: [] };
  return facts.reduce((before, fact) => {
    const shown = before.mounts.filter((mount) => isOf(mount, fact));
    return shown.length > 0 ? replace(before, fact) : before;
  }, empty);
}

function isOf(mount: MountOperation, { directory }: LoginFact): boolean {
  return mount.kind === "bind" && mount.access !== "mask" && mount.source === directory;
}

function replace({ mounts, preparations, logins }: WithLogins, fact: LoginFact): WithLogins {
  const { login, file, directory, home, own } = fact;
  const taken = new Set(mounts.map(({ destination }) => destination));
  const seeds = preparations.flatMap((each) => {
    return isSeed(each, fact)
      ? [{ from: each.from, to: each.path.slice(directory.length + 1) }]
      : [];
  });
  return {
    mounts: mounts.flatMap((mount) => {
      if (isOf(mount, fact)) return standIn(mount, fact, taken);
      return [moveHeld(mount, { directory, home, own })];
    }),
    preparations: preparations.filter((each) => !isSeed(each, fact)),
    logins: [...logins, { login, file, directory, home, shared: fact.shared, seeds }],
  };
}

type CopyFile = Extract<Preparation, { kind: "copy-file" }>;

function isSeed(preparation: Preparation, { directory }: LoginFact): preparation is CopyFile {
  return preparation.kind === "copy-file" && contains(directory, preparation.path);
}

function standIn(
  mount: MountOperation,
  { login, directory, home, shared }: LoginFact,
  taken: ReadonlySet<string>,
): MountOperation[] {
  if (mount.kind !== "bind") return [mount];
  const { access, destination } = mount;
  if (access === "overlay") throw refuseOverlay(directory, mount.why);
  const why = `the log-in of ${login} stays outside: a directory of pale's in place of \`${directory}\``;
  const beside = shared.map((name): MountOperation => ({
    kind: "bind",
    access,
    source: join(directory, name),
    destination: join(destination, name),
    why: `beside the log-in: ${mount.why}`,
  }));
  return [
    { kind: "bind", access, source: home, destination, why },
    ...beside.filter((each) => !taken.has(each.destination)),
  ];
}

type Moved = Pick<LoginFact, "directory" | "home" | "own">;

/** What is not to be made is now in pale's directory, and may be there from an earlier launch. */
function moveHeld(mount: MountOperation, { directory, home, own }: Moved): MountOperation {
  if (mount.kind !== "held" || !contains(directory, mount.source)) return mount;
  const { destination, why } = mount;
  const below = mount.source.slice(directory.length + 1);
  const source = join(home, below);
  if (!own.includes(below)) return { ...mount, source };
  return { kind: "bind", access: "ro", source, destination, why };
}

function refuseOverlay(directory: string, origin: string): UserError {
  return new UserError(`an overlay of \`${directory}\` would show the log-in in it`, {
    origin,
    hint: "leave the overlay or `logins` out",
  });
}
