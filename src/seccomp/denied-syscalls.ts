import { judgeIoctl, judgeMachineSocket } from "./argument-rules.ts";
import { type Decision, UNKNOWN_CALL } from "./decision.ts";

/**
 * What stays closed when the allowlist is switched off: the calls that lead out of the
 * sandbox, because no namespace has to do with them. Numbers are `[x86_64, aarch64]`.
 *
 * - `ioctl` types into the caller's terminal (TIOCSTI), which the caller's shell then runs
 * - `socket` reaches the host of a virtual machine (AF_VSOCK)
 * - the keyring calls read the keys of the caller's session, which every child inherits
 * - `io_uring` opens sockets past any filter
 */
export const DENIED_SYSCALLS: Readonly<Record<string, Denial>> = {
  ioctl: { numbers: [16, 29], decision: judgeIoctl() },
  socket: { numbers: [41, 198], decision: judgeMachineSocket() },
  add_key: { numbers: [248, 217], decision: UNKNOWN_CALL },
  request_key: { numbers: [249, 218], decision: UNKNOWN_CALL },
  keyctl: { numbers: [250, 219], decision: UNKNOWN_CALL },
  io_uring_setup: { numbers: [425, 425], decision: UNKNOWN_CALL },
};

type Denial = { numbers: readonly [number, number]; decision: Decision };
