import { spawnSync } from "node:child_process";
import { closeSync, existsSync, readFileSync } from "node:fs";
import { constants, arch } from "node:os";
import { dlopen, ptr, read } from "bun:ffi";
import { done, refused, untried } from "./targets.ts";
import type { Observation, Observations, Targets } from "./targets.ts";

type Libc = ReturnType<typeof openLibc>;

/** Attempts that take a system call which node: does not have. All of them are harmless when they work. */
export function actOnKernel({ process, project }: Targets): Observations {
  const libc = openLibc();
  const machine = arch() === "arm64" ? 1 : 0;
  const call = (name: keyof typeof NUMBERS, ...args: number[]) =>
    judgeReached(invoke(libc, NUMBERS[name][machine], args));
  const exactly = (name: keyof typeof NUMBERS, ...args: number[]) =>
    judgeWorked(invoke(libc, NUMBERS[name][machine], args));
  const root = Buffer.from("/\0");
  const tmpfs = Buffer.from("tmpfs\0");
  const place = Buffer.from(`${project}/mount\0`);
  return {
    // The arguments are wrong on purpose: what says so is the kernel, not a filter before it.
    tiocsti: call("ioctl", -1, TIOCSTI),
    "io-uring": call("io_uring_setup"),
    "clone-three": call("clone3"),
    keyrings: call("keyctl", GET_KEYRING, SESSION_KEYRING),
    metadata: findRoute(
      exactly,
      invoke(libc, NUMBERS.socket[machine], [AF_INET, SOCK_DGRAM]).value,
    ),
    ptrace: exactly("ptrace", PTRACE_SEIZE, process),
    mount: exactly("mount", ptr(tmpfs), ptr(place), ptr(tmpfs)),
    remount: exactly("mount", 0, ptr(root), 0, MS_REMOUNT | MS_BIND),
    unshare: exactly("unshare", CLONE_NEWUTS),
    setns: enterOwn(exactly),
    "user-namespace": makeUserNamespace(),
    ...readPrivileges(),
  };
}

/** Numbers on x86_64 and aarch64. */
const NUMBERS = {
  ioctl: [16, 29],
  io_uring_setup: [425, 425],
  clone3: [435, 435],
  keyctl: [250, 219],
  ptrace: [101, 117],
  mount: [165, 40],
  unshare: [272, 97],
  setns: [308, 268],
  pidfd_open: [434, 434],
  socket: [41, 198],
  connect: [42, 203],
} as const;

const TIOCSTI = 0x5412;
const GET_KEYRING = 0;
const SESSION_KEYRING = -3;
const PTRACE_SEIZE = 0x4206;
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const CLONE_NEWUTS = 0x0400_0000;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;

function openLibc() {
  return dlopen("libc.so.6", {
    syscall: { args: ["i32", "ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
    prctl: { args: ["i32", "ptr"], returns: "i32" },
    // oxlint-disable-next-line no-underscore-dangle -- libc's name
    __errno_location: { args: [], returns: "ptr" },
  });
}

type Answer = { value: number; errno: number };

function invoke(libc: Libc, number: number, args: readonly number[]): Answer {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
  const value = libc.symbols.syscall(number, a, b, c, d, e);
  // oxlint-disable-next-line no-underscore-dangle -- libc's name
  return { value, errno: read.i32(libc.symbols.__errno_location()) };
}

/** `EPERM`; a number that has no name stays one. */
function nameError(errno: number): string {
  const names = Object.entries(constants.errno);
  return names.find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}

function judgeReached({ value, errno }: Answer): Observation {
  if (value !== -1) return done("it worked");
  const stopped = errno === EPERM || errno === EACCES || errno === ENOSYS;
  return stopped ? refused(nameError(errno)) : done(`the kernel answered (${nameError(errno)})`);
}

function judgeWorked({ value, errno }: Answer): Observation {
  return value === -1 ? refused(nameError(errno)) : done("it worked");
}

type Call = (name: keyof typeof NUMBERS, ...args: number[]) => Observation;

/** Where clouds give out the machine's credentials: 169.254.169.254, port 80. */
const METADATA = Buffer.of(AF_INET, 0, 0, 80, 169, 254, 169, 254, 0, 0, 0, 0, 0, 0, 0, 0);

/** To connect a datagram socket sends nothing, and works when there is a route; the runtime hides which error it is. */
function findRoute(call: Call, socket: number): Observation {
  const found = call("connect", socket, ptr(METADATA), METADATA.length);
  closeSync(socket);
  return found.kind === "done" ? done("there is a route") : found;
}

/** By way of a descriptor of the own process, which every process may open. */
function enterOwn(call: Call): Observation {
  const libc = openLibc();
  const { value } = invoke(libc, NUMBERS.pidfd_open[0], [process.pid]);
  return value === -1 ? refused("no descriptor of a process") : call("setns", value, CLONE_NEWUTS);
}

/** Never by the caller's PATH: outside, this is the control, and runs without a sandbox. */
const UNSHARE = ["/usr/bin/unshare", "/bin/unshare", "/run/current-system/sw/bin/unshare"];

/** In a process of its own: this one has threads, and with those the kernel makes none. */
function makeUserNamespace(): Observation {
  const program = UNSHARE.find((path) => existsSync(path));
  if (program === undefined) return untried("`unshare` (util-linux) is not installed");
  const words = ["--user", "/bin/sh", "-c", ":"];
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return status === 0 ? done("it worked") : refused(stderr.trim());
}

function readPrivileges(): Observations {
  const status = readFileSync("/proc/self/status", "utf8");
  const [, sets = ""] = /^CapBnd:\s+([0-9a-f]+)$/mu.exec(status) ?? [];
  const all = [...status.matchAll(/^Cap\w+:\s+([0-9a-f]+)$/gmu)].map(([, set = ""]) => set);
  const none = all.length > 0 && all.every((set) => /^0+$/u.test(set));
  const closed = /^NoNewPrivs:\s+1$/mu.test(status);
  return {
    capabilities: none ? refused("all sets are empty") : done(`bounding set ${sets}`),
    "new-privileges": closed ? refused("NoNewPrivs: 1") : done("NoNewPrivs: 0"),
  };
}

/** Let any process that sees this one trace it (Yama would not), so that the attempt has a control. */
export function permitTracing(): void {
  const PR_SET_PTRACER = 0x5961_6d61;
  openLibc().symbols.prctl(PR_SET_PTRACER, -1);
}
