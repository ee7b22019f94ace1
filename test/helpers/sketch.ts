import type { MountOperation } from "../../src/plan/plan.ts";

/** Mounts as one short line each, reasons left out: `ro /usr`, `link /bin -> usr/bin`. */
export function sketch(mounts: readonly MountOperation[]): string[] {
  return mounts.map(sketchOne);
}

function sketchOne(mount: MountOperation): string {
  const { destination } = mount;
  switch (mount.kind) {
    case "bind": {
      const source = mount.source === destination ? "" : ` of ${mount.source}`;
      return `${mount.access} ${destination}${source}`;
    }
    case "link":
      return `link ${destination} -> ${mount.target}`;
    case "tmpfs":
    case "directory":
      return `${mount.kind} ${destination} ${mount.mode.toString(8)}`;
    default:
      return `${mount.kind} ${destination}`;
  }
}

/** The lines of a sketch about what is at or below a path. */
export function sketchBelow(path: string, mounts: readonly MountOperation[]): string[] {
  const isBelow = (name: string) => name === path || name.startsWith(`${path}/`);
  return sketch(
    mounts.filter(({ destination, kind }) => kind !== "freeze" && isBelow(destination)),
  );
}
