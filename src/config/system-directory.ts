import { dirname } from "node:path";
import { readStatusThroughLinks } from "../host/status.ts";
import { UserError } from "../errors.ts";
import { quoteForShell } from "../terminal.ts";

/** For every user of the machine: what a NixOS module or an administrator says. */
export const SYSTEM_DIRECTORY = "/etc/pale";

/** The tests have others. */
type Whose = { directory: string; self: number | undefined };

/**
 * What counts for every user must be nobody's to change but root's, or the reader's own. Root is
 * whom `/etc` belongs to: in a user namespace it has another number.
 *
 * @param files those that are read in the directory
 * @throws UserError naming the first that others can change
 */
export function refuseOpenFiles(
  files: readonly string[],
  { directory, self }: Whose = { directory: SYSTEM_DIRECTORY, self: process.getuid?.() },
): void {
  if (files.length === 0) return;
  const owners = [readStatusThroughLinks(dirname(directory))?.uid, self];
  const places = new Set([directory, ...files.map((file) => dirname(file)), ...files]);
  const open = [...places].find((path) => isOpen(path, owners));
  if (open === undefined) return;
  throw new UserError("others than root can change the configuration of this machine", {
    origin: open,
    hint: `sudo chown root:root ${quoteForShell(open)} && sudo chmod go-w ${quoteForShell(open)}`,
  });
}

/** What cannot be looked at cannot be read either, and that is an error of its own. */
function isOpen(path: string, owners: readonly (number | undefined)[]): boolean {
  const status = readStatusThroughLinks(path);
  return status !== undefined && (!owners.includes(status.uid) || (status.mode & 0o022) !== 0);
}
