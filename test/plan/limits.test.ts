import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderChain } from "../../src/plan/bwrap.ts";
import { describePlan } from "../../src/plan/describe.ts";
import { limitScratch, planLimits } from "../../src/plan/limits.ts";
import { isAtLeast } from "../../src/plan/version.ts";
import type { HostFacts } from "../../src/plan/facts.ts";
import { planMounts } from "../../src/plan/mounts.ts";
import type { LimitName } from "../../src/policy.ts";
import { debian, policyOf } from "../helpers/facts.ts";
import { FILES, planOf } from "../helpers/plan.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

function plan(limits: Partial<Record<LimitName, number>>, facts: Partial<HostFacts> = {}) {
  const list = Object.entries(limits).map(([name, value]) => ({
    value: { name: name as LimitName, value },
    origin: "config.toml:7",
  }));
  return planLimits(policyOf({ limits: list }), debian(facts));
}

const delegated = { kind: "delegated", path: "/sys/fs/cgroup/mine" } as const;

describe("a limit", () => {
  test("is set by the init program, by the mounts or by a control group", () => {
    const all = { processes: 64, open_files: 256, memory: 2 ** 30, file_size: 10, tmp_size: 20 };
    const resources = { kernel: "6.1.0", cgroup: delegated };
    assert.deepEqual(plan(all, { resources }), {
      resources: [
        { name: "processes", value: 64 },
        { name: "open_files", value: 256 },
        { name: "file_size", value: 10 },
      ],
      scratch: 20,
      cgroup: { parent: "/sys/fs/cgroup/mine", memory: 2 ** 30 },
    });
  });

  test("is none where none is asked for", () => {
    const none = { resources: [], scratch: undefined, cgroup: undefined };
    assert.deepEqual(plan({}, { resources: { kernel: "4.1", cgroup: undefined } }), none);
  });

  test("stays a number of digits, however large", () => {
    const { resources } = plan({ file_size: 1e27 });
    assert.deepEqual(resources, [{ name: "file_size", value: Number.MAX_SAFE_INTEGER }]);
  });

  const refused: [LimitName, Partial<HostFacts>, string, string][] = [
    [
      "memory",
      { resources: { kernel: "6.1", cgroup: { kind: "none", why: "other processes are in /x" } } },
      "the limit `memory` cannot be enforced: other processes are in /x",
      "give it a control group: systemd-run --user --scope -p Delegate=yes pale run ...",
    ],
    [
      "processes",
      { resources: { kernel: "5.10.0-8-amd64", cgroup: undefined } },
      "the limit `processes` cannot be enforced: Linux 5.10.0-8-amd64 counts all of your processes",
      "Linux 5.14 or newer counts those of a sandbox",
    ],
    [
      "tmp_size",
      { tools: { bwrap: { path: "/usr/bin/bwrap", fingerprint: "", version: "0.6.2" } } },
      "the limit `tmp_size` cannot be enforced: /usr/bin/bwrap 0.6.2 lacks --size (0.7.0)",
      "install a newer bubblewrap",
    ],
  ];
  for (const [name, facts, message, hint] of refused) {
    test(`that cannot be enforced stops the launch: ${name}`, () => {
      const shown = catchUserErrors(() => plan({ [name]: 1024 }, facts));
      assert.deepEqual(shown, [{ message, origin: "config.toml:7", hint }]);
    });
  }
});

describe("a size of scratch directories", () => {
  const sized = limitScratch(planMounts(debian(), "none"), 4096);

  test("holds for every one of them", () => {
    const scratch = sized.filter((mount) => mount.kind === "tmpfs");
    assert.deepEqual(
      scratch.filter(({ size }) => size !== 4096).map(({ destination }) => destination),
      // Read-only, and what is copied to it needs its room.
      ["/etc"],
    );
    const places = ["/tmp", "/var/tmp", "/run", "/dev/shm", "/home/ada"];
    for (const place of places) {
      assert.ok(
        scratch.some(({ destination }) => destination === place),
        place,
      );
    }
  });

  test("leaves no other way to write in /dev", () => {
    const frozen = sized.filter(({ kind }) => kind === "freeze").map((mount) => mount.destination);
    assert.deepEqual(frozen, ["/dev", "/etc", "/"]);
  });

  test("changes nothing when there is none", () => {
    const mounts = planMounts(debian(), "none");
    assert.deepEqual(limitScratch(mounts, undefined), mounts);
  });
});

test("limits are words of the chain, and of what is printed", () => {
  const limits = {
    resources: [{ name: "processes", value: 8 } as const],
    scratch: undefined,
    cgroup: { parent: "/sys/fs/cgroup/mine", memory: 1024 },
  };
  const mounts = [{ kind: "tmpfs", destination: "/tmp", mode: 0o1777, size: 5, why: "x" } as const];
  const limited = planOf({ limits, mounts });
  const words = renderChain(limited, FILES).flatMap((step) => step.words);
  assert.match(words.join(" "), /--size 5 --perms 1777 --tmpfs \/tmp/u);
  assert.match(words.join(" "), /init inner --limit processes=8 \/usr\/bin\/agent/u);
  assert.match(describePlan(limited, FILES), /^echo 1024 > \/sys\S+\/pale-\$\$\/memory.max$/mu);
});

describe("isAtLeast", () => {
  const rows: [string, number[], boolean][] = [
    ["5.14.0", [5, 14], true],
    ["5.13.19", [5, 14], false],
    ["6.1-rc1", [5, 14], true],
    ["5.14-rc1", [5, 14], true],
    ["6", [6, 0, 1], false],
    ["x", [0, 1], false],
  ];
  for (const [version, wanted, is] of rows) {
    test(`${version} ${is ? "is" : "is not"} ${wanted.join(".")}`, () => {
      assert.equal(isAtLeast(version, wanted), is);
    });
  }
});
