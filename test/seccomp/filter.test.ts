import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALLOWED_SYSCALLS } from "../../src/seccomp/allowed-syscalls.ts";
import { assembleFilter } from "../../src/seccomp/filter.ts";
import { listCalls } from "./calls.ts";
import { AUDIT, expectVerdict, fixture, MACHINES, nameVerdict } from "./expected.ts";
import { interpret } from "./interpret.ts";

for (const machine of MACHINES) {
  describe(`the filter for ${machine}`, () => {
    const program = assembleFilter(machine);

    test("answers every call as the reference does", () => {
      const calls = listCalls(machine);
      const wrong = calls.flatMap((call) => {
        const actual = nameVerdict(interpret(program, call).verdict);
        const expected = expectVerdict(machine, call);
        return actual === expected ? [] : [{ ...call, actual, expected }];
      });
      assert.deepEqual(wrong.slice(0, 5), []);
      const verdicts = new Set(calls.map((call) => expectVerdict(machine, call)));
      assert.equal(
        verdicts.size,
        machine === "x86_64" ? 4 : 3,
        "every verdict is expected of some",
      );
    });

    const foreign = [0x40000003, 0x40000028, 0, ...MACHINES.map((other) => AUDIT[other])];
    for (const audit of foreign.filter((value) => value !== AUDIT[machine])) {
      test(`kills a process that calls as architecture 0x${audit.toString(16)}`, () => {
        const verdicts = listCalls(machine).map(
          (call) => interpret(program, { ...call, audit }).verdict,
        );
        assert.deepEqual([...new Set(verdicts.map(nameVerdict))], ["KILL_PROCESS"]);
      });
    }

    test("decides each call within a few comparisons", () => {
      const steps = listCalls(machine).map((call) => interpret(program, call).steps);
      assert.ok(Math.max(...steps) <= 19, `${Math.max(...steps)} instructions at most`);
    });

    test("is the same on every call, and nobody else's to change", () => {
      const other = assembleFilter(machine);
      assert.deepEqual(other, program);
      other.fill(0);
      assert.notDeepEqual(assembleFilter(machine), other);
    });

    test("allows the names of the reference by the numbers of the reference", () => {
      const column = machine === "x86_64" ? 0 : 1;
      const actual = Object.entries(ALLOWED_SYSCALLS).flatMap(([name, numbers]) =>
        column in numbers ? [[name, numbers[column]]] : [],
      );
      const expected = fixture.allow[machine].map((name) => [name, fixture.numbers[machine][name]]);
      assert.deepEqual(actual, expected);
    });
  });
}

/** What Podman's profile allows and this filter must not, however the list comes to be changed. */
const NEVER = `mount umount2 pivot_root open_tree open_tree_attr move_mount fsopen fsconfig fsmount
  fspick mount_setattr unshare setns clone3 ptrace process_vm_readv process_vm_writev pidfd_getfd
  process_madvise kcmp keyctl add_key request_key bpf perf_event_open userfaultfd io_uring_setup
  io_uring_enter io_uring_register kexec_load kexec_file_load init_module finit_module delete_module
  reboot syslog acct swapon swapoff chroot open_by_handle_at fanotify_init quotactl quotactl_fd
  sethostname setdomainname settimeofday clock_settime iopl ioperm modify_ldt vhangup`.split(
  /\s+/u,
);

for (const name of NEVER) {
  test(`\`${name}\` is on no list`, () => {
    assert.ok(
      MACHINES.some((machine) => name in fixture.numbers[machine]),
      "control: it exists",
    );
    assert.ok(!(name in ALLOWED_SYSCALLS));
    for (const machine of MACHINES) assert.ok(!fixture.allow[machine].includes(name));
  });
}
