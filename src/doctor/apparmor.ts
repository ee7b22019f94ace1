/** Makes user namespaces: bubblewrap, and the init program for a network of the sandbox's own. */
export type Executables = { bwrap: string; init: string };

/**
 * What lets these executables, and no others, make user namespaces where AppArmor restricts that
 * (Ubuntu 23.10 and later). What runs inside of a sandbox makes none all the same: bubblewrap or
 * the system call filter refuses that.
 */
export function renderAppArmorProfile({ bwrap, init }: Executables): string {
  return [
    "sudo tee /etc/apparmor.d/pale <<'END' && sudo apparmor_parser -r /etc/apparmor.d/pale",
    "abi <abi/4.0>,",
    "include <tunables/global>",
    ...renderOne("pale-bwrap", bwrap),
    ...renderOne("pale-init", init),
    "END",
  ].join("\n");
}

function renderOne(name: string, path: string): string[] {
  return [`profile ${name} "${path}" flags=(unconfined) {`, "  userns,", "}"];
}
