import type { AppArmorFact, DoctorFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

export const INSTALL = "pale doctor --install-apparmor";
const REMOVE = "pale doctor --remove-apparmor";
const CHECK = "apparmor";

/** Whether AppArmor lets pale make namespaces, and what `--install-apparmor` left is right. */
export function judgeAppArmor({ settings, trial, apparmor }: DoctorFacts): Finding {
  const isRestricted = settings.apparmorRestricts === 1;
  const fault = describeInstalled(apparmor);
  if (!isRestricted) {
    const free = "does not restrict namespaces";
    return fault === undefined ? ok(CHECK, free) : warn(CHECK, `${free}; ${fault}`, REMOVE);
  }
  if (trial === "works") {
    const open = "restricts namespaces, but not pale's";
    return fault === undefined ? ok(CHECK, open) : warn(CHECK, `${open}; ${fault}`, INSTALL);
  }
  const closed = "lets only programs with a profile make namespaces";
  const ubuntu = apparmor.ubuntu
    ? "; Ubuntu's own for bubblewrap is not enough, as pale's init program makes the network"
    : "";
  return fail(CHECK, fault === undefined ? `${closed}${ubuntu}` : `${closed}; ${fault}`, INSTALL);
}

/** What is wrong with what was installed; `undefined` when nothing is, or it is all there is not. */
function describeInstalled({ init, profile }: AppArmorFact): string | undefined {
  if (init === "absent" && profile === "absent") return undefined;
  if (typeof init === "object") return `${init.untrusted} is not root's alone, so it is not used`;
  if (init === "absent") return "the init program that its profile is for is missing";
  if (init === "another-build") return "the installed init program is of another build of pale";
  if (profile === "right") return undefined;
  return profile === "absent"
    ? "the profile for the installed init program is missing"
    : "the installed profile is of another build of pale";
}
