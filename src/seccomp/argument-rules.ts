import { ALLOW, branch, type Decision, loadArgument, REFUSE, UNKNOWN_CALL } from "./decision.ts";

/**
 * The calls of the allow list whose arguments matter. Arguments behind a pointer cannot be
 * seen by a filter; that is why `clone3` is not on the list at all: libc then uses `clone`.
 */
export function judgeArguments(): Record<string, Decision> {
  return {
    clone: judgeClone(),
    ioctl: judgeIoctl(),
    personality: judgePersonality(),
    socket: judgeSocket(),
    socketpair: judgeSocketpair(),
  };
}

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; `clone` cannot do NEWTIME. */
const NAMESPACE_FLAGS = 0x7e02_0000;

/** Both put characters into the input of the terminal, which the user's shell then reads. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

/** PER_LINUX, PER_LINUX32, each also with UNAME26, and the question what is set. */
const PERSONALITIES = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

const AF_UNSPEC = 0;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_VSOCK = 40;
const NETLINK_ROUTE = 0;

function judgeClone(): Decision {
  return loadArgument(
    0,
    branch({ test: "anyBit", operand: NAMESPACE_FLAGS, yes: REFUSE, no: ALLOW }),
  );
}

export function judgeIoctl(): Decision {
  return loadArgument(1, oneOf([TIOCSTI, TIOCLINUX], REFUSE, ALLOW));
}

function judgePersonality(): Decision {
  return loadArgument(0, oneOf(PERSONALITIES, ALLOW, UNKNOWN_CALL));
}

/** Of netlink only what answers `getifaddrs`; the rest speaks to auditing, udev and firewalls. */
function judgeSocket(): Decision {
  const netlink = loadArgument(2, oneOf([NETLINK_ROUTE], ALLOW, REFUSE));
  const internet = loadArgument(1, refusePacketType());
  const rest = oneOf([AF_NETLINK], netlink, REFUSE);
  const plain = oneOf([AF_UNIX, AF_INET6, AF_UNSPEC], ALLOW, rest);
  return loadArgument(0, oneOf([AF_INET], internet, plain));
}

/**
 * For the oldest of programs the kernel takes AF_INET with SOCK_PACKET (binary 1010, in the
 * low four bits of the type) for AF_PACKET.
 */
function refusePacketType(): Decision {
  const exact = branch({ test: "anyBit", operand: 0b0101, yes: ALLOW, no: REFUSE });
  const low = branch({ test: "anyBit", operand: 0b0010, yes: exact, no: ALLOW });
  return branch({ test: "anyBit", operand: 0b1000, yes: low, no: ALLOW });
}

/** For the denylist: only the family that no network namespace holds in. */
export function judgeMachineSocket(): Decision {
  return loadArgument(0, oneOf([AF_VSOCK], REFUSE, ALLOW));
}

function judgeSocketpair(): Decision {
  return loadArgument(0, oneOf([AF_UNIX], ALLOW, REFUSE));
}

function oneOf(values: readonly number[], yes: Decision, no: Decision): Decision {
  return values.reduceRight(
    (rest, operand) => branch({ test: "equal", operand, yes, no: rest }),
    no,
  );
}
