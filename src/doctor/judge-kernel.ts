import { isAtLeast } from "../plan/version.ts";
import type { DoctorFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";
import { INSTALL, judgeAppArmor } from "./judge-apparmor.ts";
import { judgeBubblewrap } from "./judge-bubblewrap.ts";

/** What the kernel gives, and bubblewrap makes of it. */
export function judgeKernel(facts: DoctorFacts): Finding[] {
  return [
    judgeVersion(facts),
    judgePlace(facts),
    judgeNamespaces(facts),
    judgeAppArmor(facts),
    judgeBubblewrap(facts),
    judgeTrial(facts),
    judgeSeccomp(facts),
    judgeOverlay(facts),
    judgeCgroup(facts),
  ];
}

function judgeVersion({ kernel }: DoctorFacts): Finding {
  if (isAtLeast(kernel, [5, 14])) return ok("kernel", kernel);
  return warn("kernel", `${kernel}: \`limits.processes\` needs 5.14, overlays need 5.11`);
}

function judgePlace({ place: { wsl, container } }: DoctorFacts): Finding {
  if (wsl === 1) {
    return fail("machine", "WSL 1 has no Linux kernel", "wsl.exe --set-version DISTRIBUTION 2");
  }
  if (container !== undefined) {
    return warn("machine", `inside a container (${container}), which may forbid namespaces`);
  }
  return ok("machine", wsl === 2 ? "WSL 2" : "no container");
}

function judgeNamespaces({ settings }: DoctorFacts): Finding {
  const check = "user namespaces";
  if (settings.unprivilegedUserns === 0) {
    return fail(check, "only for root", keep("kernel.unprivileged_userns_clone=1"));
  }
  if (settings.maxUserNamespaces === 0) {
    return fail(check, "none are allowed", keep("user.max_user_namespaces=15000"));
  }
  return ok(check, "allowed");
}

function keep(setting: string): string {
  return `echo ${setting} | sudo tee /etc/sysctl.d/pale.conf && sudo sysctl -p /etc/sysctl.d/pale.conf`;
}

function judgeTrial({ trial, settings }: DoctorFacts): Finding {
  if (trial === "works") return ok("sandbox", "one was made");
  const hint = settings.apparmorRestricts === 1 ? INSTALL : trial.hint;
  return fail("sandbox", trial.problem, hint);
}

function judgeSeccomp({ seccomp }: DoctorFacts): Finding {
  if (seccomp) return ok("seccomp", "the kernel filters system calls");
  return fail("seccomp", "the kernel cannot filter system calls (CONFIG_SECCOMP_FILTER)");
}

function judgeOverlay({ overlay }: DoctorFacts): Finding {
  if (overlay === "works") return ok("overlays", "one was made");
  if (overlay === "unknown") return ok("overlays", "not tried: `unshare` is not installed");
  return warn("overlays", `\`--overlay\` cannot work: ${overlay.problem}`, overlay.hint);
}

function judgeCgroup({ cgroup, limitsMemory }: DoctorFacts): Finding {
  const check = "control groups";
  if (cgroup === "delegated") return ok(check, "delegated");
  if (!limitsMemory) return ok(check, `${cgroup.problem}; only \`limits.memory\` needs more`);
  return fail(check, `\`limits.memory\` cannot work: ${cgroup.problem}`, cgroup.hint);
}
