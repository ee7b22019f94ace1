import { readFileSync } from "node:fs";
import { UserError } from "../errors.ts";

/** Settings that decide whether an ordinary user may make a user namespace. */
export type KernelSettings = {
  /** Debian's switch; absent elsewhere. */
  unprivilegedUserns: number | undefined;
  maxUserNamespaces: number | undefined;
  /** Ubuntu 23.10 and later: 1 lets only programs with an AppArmor profile do it. */
  apparmorRestricts: number | undefined;
};

export function readKernelSettings(): KernelSettings {
  return {
    unprivilegedUserns: readNumber("/proc/sys/kernel/unprivileged_userns_clone"),
    maxUserNamespaces: readNumber("/proc/sys/user/max_user_namespaces"),
    apparmorRestricts: readNumber("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
  };
}

function readNumber(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** @throws UserError naming the setting that forbids user namespaces and how to change it */
export function checkKernelSettings(settings: KernelSettings): void {
  if (settings.unprivilegedUserns === 0) {
    throw forbidden("kernel.unprivileged_userns_clone is 0", "kernel.unprivileged_userns_clone=1");
  }
  if (settings.maxUserNamespaces === 0) {
    throw forbidden("user.max_user_namespaces is 0", "user.max_user_namespaces=15000");
  }
}

function forbidden(what: string, setting: string): UserError {
  return new UserError("this kernel does not let users make namespaces", {
    origin: what,
    hint: `sudo sysctl -w ${setting}   (and keep it in /etc/sysctl.d/pale.conf)`,
  });
}
