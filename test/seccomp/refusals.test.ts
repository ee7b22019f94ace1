import assert from "node:assert/strict";
import { constants } from "node:os";
import { dirname } from "node:path";
import { test, type TestContext } from "node:test";
import { skip } from "../helpers/requires.ts";
import { compileProbe } from "./compile.ts";
import { runInside } from "./sandbox.ts";

/**
 * Calls made for real (probe.c), as root of the sandbox's own user namespace, so that
 * nothing but the filter stands in their way: call, outcome without the filter, outcome with it.
 * `A|B`: depends on the kernel's configuration.
 */
const REFUSALS: readonly [call: string, control: string, filtered: string][] = [
  ["unshare CLONE_NEWUSER", "ok", "ENOSYS"],
  ["unshare CLONE_NEWNS", "ok", "ENOSYS"],
  ["unshare nothing", "ok", "ENOSYS"],
  ["setns", "ok", "ENOSYS"],
  ["clone CLONE_NEWUSER", "ok", "EPERM"],
  ["clone CLONE_NEWNS", "ok", "EPERM"],
  ["clone CLONE_NEWCGROUP", "ok", "EPERM"],
  ["clone CLONE_NEWUTS", "ok", "EPERM"],
  ["clone CLONE_NEWIPC", "ok", "EPERM"],
  ["clone CLONE_NEWPID", "ok", "EPERM"],
  ["clone CLONE_NEWNET", "ok", "EPERM"],
  ["clone CLONE_NEWUSER, high bits set", "ok", "EPERM"],
  ["clone3", "EINVAL", "ENOSYS"],
  ["mount", "ok", "ENOSYS"],
  ["umount2", "ENOENT", "ENOSYS"],
  ["pivot_root", "ENOENT", "ENOSYS"],
  ["chroot", "ok", "ENOSYS"],
  ["open_tree", "ok", "ENOSYS"],
  ["move_mount", "ENOENT", "ENOSYS"],
  ["fsopen", "ok", "ENOSYS"],
  ["fsconfig", "EINVAL", "ENOSYS"],
  ["fsmount", "EBADF", "ENOSYS"],
  ["fspick", "ENOENT", "ENOSYS"],
  ["mount_setattr", "ENOENT", "ENOSYS"],
  ["ptrace", "ok", "ENOSYS"],
  ["process_vm_readv", "ok", "ENOSYS"],
  ["process_vm_writev", "ok", "ENOSYS"],
  ["pidfd_getfd", "ok", "ENOSYS"],
  ["kcmp", "ok", "ENOSYS"],
  ["keyctl", "ok", "ENOSYS"],
  ["add_key", "ok", "ENOSYS"],
  ["request_key", "ENOKEY", "ENOSYS"],
  ["io_uring_setup", "EFAULT|EPERM", "ENOSYS"],
  ["bpf", "EINVAL|EPERM", "ENOSYS"],
  ["perf_event_open", "EINVAL|EACCES", "ENOSYS"],
  ["userfaultfd", "EINVAL|EPERM", "ENOSYS"],
  ["fanotify_init", "EPERM|EINVAL", "ENOSYS"],
  ["open_by_handle_at", "EFAULT|EPERM", "ENOSYS"],
  ["reboot", "EINVAL", "ENOSYS"],
  ["syslog", "EPERM|EINVAL", "ENOSYS"],
  ["acct", "EPERM", "ENOSYS"],
  ["swapon", "EPERM", "ENOSYS"],
  ["sethostname", "ok", "ENOSYS"],
  ["clock_settime", "EFAULT", "ENOSYS"],
  ["set_mempolicy", "ok", "ENOSYS"],
  ["get_mempolicy", "ok", "ENOSYS"],
  ["personality ADDR_NO_RANDOMIZE", "ok", "ENOSYS"],
  ["personality ADDR_NO_RANDOMIZE, high bits set", "ok", "ENOSYS"],
  // EIO where dev.tty.legacy_tiocsti is off
  ["TIOCSTI", "ok|EIO", "EPERM"],
  ["TIOCSTI, high bits set", "ok|EIO", "EPERM"],
  // only virtual consoles know it
  ["TIOCLINUX", "ENOTTY", "EPERM"],
  ["TIOCLINUX, high bits set", "ENOTTY", "EPERM"],
  ["socket AF_INET SOCK_PACKET", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_INET SOCK_PACKET, flags set", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_NETLINK AUDIT", "ok|EPROTONOSUPPORT", "EPERM"],
  ["socket AF_NETLINK NETFILTER", "ok|EPROTONOSUPPORT", "EPERM"],
  ["socket AF_NETLINK KOBJECT_UEVENT", "ok|EPROTONOSUPPORT", "EPERM"],
  ["socket AF_NETLINK GENERIC", "ok", "EPERM"],
  ["socket AF_PACKET", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_PACKET, high bits set", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_ALG", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_VSOCK", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_VSOCK, high bits set", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket AF_BLUETOOTH", "ok|EAFNOSUPPORT", "EPERM"],
  ["socket 46", "EAFNOSUPPORT", "EPERM"],
  ["socketpair AF_INET", "EOPNOTSUPP", "EPERM"],
];

/** Made through another architecture's door; SIGSEGV where the kernel has shut the 32-bit one. */
const REFUSALS_ON_X86_64: typeof REFUSALS = [
  ["modify_ldt", "ok", "ENOSYS"],
  ["int 0x80", "ok|SIGSEGV", "SIGSYS"],
  ["x32 getpid", "ENOSYS|ok", "SIGSYS"],
  ["x32 ptrace", "ENOSYS|ok", "SIGSYS"],
];

/** The filter makes no difference to these. */
const PERMISSIONS: readonly [call: string, outcome: string][] = [
  ["clone without flags", "ok"],
  ["personality query", "ok"],
  ["personality UNAME26", "ok"],
  ["TIOCGWINSZ", "ok"],
  ["socket AF_UNSPEC", "EAFNOSUPPORT"],
  ["socket AF_UNIX", "ok"],
  ["socket AF_INET", "ok"],
  ["socket AF_INET SOCK_RAW", "ok"],
  ["socket AF_INET6", "ok"],
  ["socket AF_NETLINK ROUTE", "ok"],
  ["socket AF_NETLINK ROUTE, high bits set", "ok"],
  ["socketpair AF_UNIX", "ok"],
  ["memfd_create", "ok"],
  ["pidfd_open", "ok"],
  ["landlock_create_ruleset", "ok"],
  ["seccomp", "ok"],
  ["no such call", "ENOSYS"],
  ["call -1", "ENOSYS"],
];

const refusals = process.arch === "x64" ? [...REFUSALS, ...REFUSALS_ON_X86_64] : REFUSALS;

for (const [call, control, filtered] of refusals) {
  test(`${call}: ${filtered}, but ${control} without the filter`, (context) => {
    const outcomes = observe(context);
    if (!outcomes) return;
    assert.equal(outcomes.filtered.get(call), describeOutcome(filtered));
    const without = outcomes.control.get(call) ?? "no outcome";
    const expected = control.split("|").map(describeOutcome);
    if (without === describeOutcome("ENOSYS") && !expected.includes(without)) {
      skip(context, `this kernel has no ${call}, with or without the filter`);
      return;
    }
    assert.ok(expected.includes(without), `without the filter: ${without}`);
  });
}

for (const [call, outcome] of PERMISSIONS) {
  test(`${call}: ${outcome}, with the filter and without`, (context) => {
    const outcomes = observe(context);
    if (!outcomes) return;
    assert.equal(outcomes.control.get(call), describeOutcome(outcome));
    assert.equal(outcomes.filtered.get(call), describeOutcome(outcome));
  });
}

test("every call the probe makes is expected to end in some way", (context) => {
  const outcomes = observe(context);
  if (!outcomes) return;
  const calls = [...refusals.map(([call]) => call), ...PERMISSIONS.map(([call]) => call)].sort();
  assert.deepEqual([...outcomes.control.keys()].sort(), calls);
  assert.deepEqual([...outcomes.filtered.keys()].sort(), calls);
});

type Outcomes = Record<"control" | "filtered", Map<string, string>>;

let observed: Outcomes | undefined;

function observe(context: TestContext): Outcomes | undefined {
  observed ??= makeCalls(context);
  return observed;
}

function makeCalls(context: TestContext): Outcomes | undefined {
  const probe = compileProbe(context, "probe");
  if (!probe) return undefined;
  const inside = { folder: dirname(probe), command: ["/tmp/given/probe"], isRoot: true };
  const control = runInside(context, { ...inside, isFiltered: false });
  const filtered = runInside(context, { ...inside, isFiltered: true });
  if (!control || !filtered) return undefined;
  for (const run of [control, filtered]) assert.deepEqual([run.status, run.stderr], [0, ""]);
  return { control: readOutcomes(control.stdout), filtered: readOutcomes(filtered.stdout) };
}

function readOutcomes(lines: string): Map<string, string> {
  const pairs = lines.trimEnd().split("\n");
  return new Map(pairs.map((line) => [line.split(": ")[0] ?? "", line.split(": ")[1] ?? ""]));
}

/** As the probe prints it; node's list of errnos leaves out ENOKEY. */
function describeOutcome(name: string): string {
  if (name === "ok") return "ok";
  const signals: Record<string, number> = constants.signals;
  const errnos: Record<string, number> = { ...constants.errno, ENOKEY: 126 };
  return name in signals ? `signal ${signals[name]}` : `errno ${errnos[name]}`;
}
