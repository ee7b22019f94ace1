import { UserError } from "../errors.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";

/**
 * The files that decide what the next launch does must not be written by an agent: pale
 * itself and its configuration, wherever links have them.
 *
 * @param trusted real paths, and those of the links that lead to them
 * @throws UserError that names the file and the mount
 */
export function guardTrusted(mounts: readonly MountOperation[], trusted: readonly string[]): void {
  for (const mount of mounts) {
    if (mount.kind !== "bind" || mount.access !== "rw") continue;
    const file = trusted.find((path) => contains(mount.source, path));
    if (file === undefined) continue;
    throw new UserError(`an agent could write \`${file}\`, which pale trusts`, {
      origin: `${mount.source} would be writable: ${mount.why}`,
      hint: "keep pale and its configuration in a place of their own",
    });
  }
}
