import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planMounts } from "../../src/plan/mounts.ts";
import type { MountFact } from "../../src/plan/facts.ts";
import { debian, linkTo, mountOf } from "../helpers/facts.ts";
import { sketchBelow } from "../helpers/sketch.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const rw = { access: "rw" } as const;

function mask(host: string, found: Partial<MountFact> = {}): MountFact {
  return mountOf(host, { access: "mask" }, { entry: "directory", ...found });
}

describe("a mask", () => {
  const rows: [string, MountFact[], string[]][] = [
    [
      "stands in the place of a directory that a mount shows",
      [mountOf("/data"), mask("/data/secrets")],
      ["ro /data", "mask /data/secrets"],
    ],
    [
      "is kept from being renamed away in a writable mount",
      [mountOf("/data", rw), mask("/data/a/b/secrets")],
      ["rw /data", "rw /data/a", "rw /data/a/b", "mask /data/a/b/secrets"],
    ],
    ["needs nothing where nothing is shown", [mask("/data/secrets")], []],
    [
      "needs nothing where there is nothing",
      [mountOf("/data", rw), mask("/data/none", { kind: "missing" })],
      ["rw /data"],
    ],
    [
      "is where the links lead",
      [
        mountOf("/data"),
        mask("/data/link", { real: "/data/real", links: [linkTo("/data/link", "real")] }),
      ],
      ["ro /data", "mask /data/real"],
    ],
    [
      "is at every name that the path has inside",
      [mountOf("/data"), mountOf("/data/a", { sandbox: "/data2" }), mask("/data/a/secrets")],
      ["ro /data", "mask /data/a/secrets"],
    ],
    [
      "lets a mount in it show, whatever the order",
      [mountOf("/data"), mountOf("/data/secrets/shown"), mask("/data/secrets")],
      ["ro /data", "mask /data/secrets", "ro /data/secrets/shown"],
    ],
    [
      "takes the place of a mount that was named before",
      [mountOf("/data"), mask("/data")],
      ["mask /data"],
    ],
    [
      "gives its place to a mount that is named later",
      [mountOf("/data"), mask("/data/a"), mountOf("/data/a", rw)],
      ["ro /data", "rw /data/a"],
    ],
  ];
  for (const [what, mounts, lines] of rows) {
    test(what, () => {
      assert.deepEqual(sketchBelow("/data", planMounts(debian({ mounts }), "none")), lines);
    });
  }

  test("is also at the other name of what it hides", () => {
    const mounts = [mountOf("/data/a", { sandbox: "/other" }), mask("/data/a/secrets")];
    const lines = sketchBelow("/other", planMounts(debian({ mounts }), "none"));
    assert.deepEqual(lines, ["ro /other of /data/a", "mask /other/secrets"]);
  });

  test("of a directory is frozen after all that is mounted in it", () => {
    const mounts = [
      mountOf("/data"),
      mask("/data/a"),
      mountOf("/data/a/b"),
      mask("/data/file", { entry: "file" }),
    ];
    const planned = planMounts(debian({ mounts }), "none");
    const frozen = planned.flatMap((mount, index) => (mount.kind === "freeze" ? [index] : []));
    assert.deepEqual(
      frozen.map((index) => planned[index]?.destination),
      ["/data/a", "/etc", "/"],
    );
    assert.ok(
      planned.findIndex(({ destination }) => destination === "/data/a/b") < (frozen[0] ?? 0),
    );
  });

  test("of what pale makes anew with parts of the host's is refused, as it would hide none", () => {
    const facts = debian({ mounts: [mask("/etc")] });
    assert.deepEqual(
      catchUserErrors(() => planMounts(facts, "none")),
      [
        {
          message: "the mask of `/etc` would not hide `/etc/alternatives`",
          origin: "config.toml:1",
          hint: "pale makes `/etc` anew, with parts of the host's: mask those that you mean",
        },
      ],
    );
    const part = debian({ mounts: [mask("/etc/ssl")] });
    assert.deepEqual(
      sketchBelow("/etc/ssl", planMounts(part, "none")).filter((line) => line.startsWith("mask")),
      ["mask /etc/ssl"],
    );
  });

  test("names no place inside", () => {
    const mounts = [
      mountOf("/data"),
      mountOf("/data/a", { access: "mask", sandbox: "/x" }, { entry: "file" }),
    ];
    assert.deepEqual(
      catchUserErrors(() => planMounts(debian({ mounts }), "none")),
      [
        {
          message: "the mask of `/data/a` names a place inside",
          origin: "config.toml:1",
          hint: "a mask hides a host path wherever it is shown; leave the place out",
        },
      ],
    );
  });
});
