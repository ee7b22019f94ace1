import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isInside, judgeInside } from "../../src/host/inside.ts";
import type { InsideFacts } from "../../src/host/inside.ts";
import { parseMounts } from "../../src/plan/mount-table.ts";

const STATUS = `Name:\tinit
Uid:\t1002\t1002\t1002\t1002
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
`;

const TABLE = `65 42 0:40 /newroot / ro,nosuid,nodev,relatime - tmpfs tmpfs rw,uid=1002
126 65 0:46 / /run rw,nosuid,nodev,relatime - tmpfs tmpfs rw,mode=755
128 126 254:0 /cache/init /run/pale/init ro,nosuid,nodev,relatime - ext4 /dev/vda rw
`;

/** As they are in a sandbox. */
const INSIDE: InsideFacts = {
  proc: 0x9fa0,
  first: "/run/pale/init",
  firstWords: ["/run/pale/init", "inner", "/bin/sh", "sh"],
  firstStatus: STATUS,
  ownStatus: STATUS,
  uidMap: "      1002          0          1\n",
  mounts: parseMounts(TABLE),
  init: Buffer.from("the init program"),
};

describe("judgeInside", () => {
  test("believes what a sandbox shows", () => {
    assert.equal(judgeInside(INSIDE), true);
    const confinedFurther = { ...INSIDE, first: undefined };
    assert.equal(judgeInside(confinedFurther), true);
  });

  const rows: [string, Partial<InsideFacts>][] = [
    ["a /proc that is none", { proc: 0x0102_1994 }],
    ["another first process", { first: "/usr/lib/systemd/systemd" }],
    ["another one by that name", { first: "/run/pale/init (deleted)" }],
    ["one that nobody may look at", { first: undefined, firstWords: ["/sbin/init"] }],
    ["one with another task", { first: undefined, firstWords: ["/run/pale/init", "outer"] }],
    ["a first process that may gain privileges", { firstStatus: change("NoNewPrivs", "0") }],
    ["one without a filter", { firstStatus: change("Seccomp", "0") }],
    ["one of another user", { firstStatus: change("Uid", "0\t0\t0\t0") }],
    ["this process with capabilities", { ownStatus: change("CapEff", "000001ffffffffff") }],
    ["with some to gain", { ownStatus: change("CapBnd", "000001ffffffffff") }],
    ["without a filter", { ownStatus: change("Seccomp", "0") }],
    ["a status that says nothing", { ownStatus: "" }],
    ["the first user namespace", { uidMap: "         0          0 4294967295\n" }],
    ["one with more users", { uidMap: "0 1002 1\n1 100000 65536\n" }],
    ["a root that can be written", { mounts: parseMounts(TABLE.replace("/ ro,", "/ rw,")) }],
    ["a root on a disk", { mounts: parseMounts(TABLE.replace("- tmpfs", "- ext4")) }],
    ["an init program that is no mount", { mounts: parseMounts(TABLE).slice(0, 2) }],
    ["one that can be written", { mounts: parseMounts(TABLE.replace("init ro", "init rw")) }],
  ];
  for (const [what, changes] of rows) {
    test(`does not believe ${what}`, () => {
      assert.equal(judgeInside({ ...INSIDE, ...changes }), false);
    });
  }
});

test("isInside is false here, and looks no further than for the init program", () => {
  let asked = 0;
  assert.equal(
    isInside(() => {
      asked += 1;
      return Buffer.from("");
    }),
    false,
  );
  assert.equal(asked, 0);
});

test("parseMounts knows the kernel's spelling of a space", () => {
  const line = "1 2 0:1 / /a\\040b ro - ext4 /dev/vda rw\n";
  assert.deepEqual(parseMounts(line), [{ place: "/a b", type: "ext4", readOnly: true }]);
});

function change(field: string, value: string): string {
  return STATUS.replace(new RegExp(`^${field}:.*$`, "mu"), `${field}:\t${value}`);
}
