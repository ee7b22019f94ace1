/**
 * Where AppArmor keeps user namespaces from programs without a profile (Ubuntu 23.10 and later),
 * pale needs two programs that may make them: its own init program, for the sandbox's network and
 * overlays, and bubblewrap.
 *
 * Everybody may start either, with any arguments, so neither may hand on what it has:
 * - the init program is root's copy, since a profile goes by the path;
 * - bubblewrap has its rights only when that copy starts it (`Px` drops `LD_PRELOAD` and the like);
 * - what bubblewrap starts, and what the init program starts beside it (the supervisor), have
 *   neither capabilities nor user namespaces: also not in those that were made for them;
 * - `&` keeps the profile of who starts something beside the one of what is started: bubblewrap
 *   and `pale exec` have set `no_new_privs`, and from then on the kernel allows profiles to be
 *   added only. What both profiles of the supervisor say of the init program takes both away.
 *
 * @param bwrap past all links
 * @param init the copy that root owns
 */
export function renderAppArmorProfile({ bwrap, init }: { bwrap: string; init: string }): string {
  const wide = [...EVERYTHING, "capability", "userns"];
  const narrow = [...EVERYTHING, "deny capability", "deny userns"];
  const [quotedInit, quotedBwrap] = [quote(init), quote(bwrap)];
  return [
    "# Written by `pale doctor --install-apparmor`; `pale doctor --remove-apparmor` removes it.",
    "abi <abi/4.0>,",
    "include <tunables/global>",
    ...renderProfile(`pale-init ${quotedInit}`, [
      ...wide,
      `${quotedBwrap} Px -> pale-bwrap`,
      `${quotedInit} px -> pale-init`,
      "/** pix -> &pale-outside",
    ]),
    ...renderProfile("pale-bwrap", [...wide, "/** pix -> &pale-bwrap//&pale-inside"]),
    ...renderProfile("pale-inside", [...narrow, "/** pix -> &pale-inside"]),
    ...renderProfile("pale-outside", [...narrow, `${quotedInit} Px -> pale-init`, "/** pix"]),
    "",
  ].join("\n");
}

/** But what the restriction is about. Execution has rules of its own. */
const EVERYTHING = [
  "file rwlkm /{**,}",
  "network",
  "unix",
  "signal",
  "ptrace",
  "mount",
  "umount",
  "pivot_root",
  "mqueue",
  "io_uring",
  "dbus",
];

function renderProfile(head: string, rules: readonly string[]): string[] {
  const lines = rules.map((rule) => `  ${rule},`);
  return ["", `profile ${head} flags=(attach_disconnected,mediate_deleted) {`, ...lines, "}"];
}

function quote(path: string): string {
  return `"${path.replaceAll(/["*?[\]{}^\\@]/gu, String.raw`\$&`)}"`;
}
