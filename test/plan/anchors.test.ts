import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planMounts } from "../../src/plan/mounts.ts";
import { debian, mountOf } from "../helpers/facts.ts";
import { sketchBelow } from "../helpers/sketch.ts";

describe("a directory between a writable mount and a read-only one in it", () => {
  const rw = { access: "rw" } as const;
  const rows: [string, ReturnType<typeof mountOf>[], string[]][] = [
    [
      "is a mount of its own, which nobody can rename",
      [mountOf("/data", rw), mountOf("/data/a/b/c")],
      ["rw /data", "rw /data/a", "rw /data/a/b", "ro /data/a/b/c"],
    ],
    [
      "is one mount for several that are read-only in it",
      [mountOf("/data", rw), mountOf("/data/a/b"), mountOf("/data/a/c")],
      ["rw /data", "rw /data/a", "ro /data/a/b", "ro /data/a/c"],
    ],
    [
      "is none when there is none between",
      [mountOf("/data", rw), mountOf("/data/a")],
      ["rw /data", "ro /data/a"],
    ],
    [
      "is left as it is when it is mounted already",
      [mountOf("/data", rw), mountOf("/data/a", rw), mountOf("/data/a/b")],
      ["rw /data", "rw /data/a", "ro /data/a/b"],
    ],
    [
      "is left alone in a read-only mount, and for a writable one",
      [mountOf("/data"), mountOf("/data/a/b", rw), mountOf("/data/a/b/c/d", rw)],
      ["ro /data", "rw /data/a/b", "rw /data/a/b/c/d"],
    ],
    [
      "is the host's directory when the writable mount is at another place",
      [mountOf("/srv", { ...rw, sandbox: "/data" }), mountOf("/srv/a/b", { sandbox: "/data/a/b" })],
      ["rw /data of /srv", "rw /data/a of /srv/a", "ro /data/a/b of /srv/a/b"],
    ],
  ];
  for (const [what, mounts, lines] of rows) {
    test(what, () => {
      assert.deepEqual(sketchBelow("/data", planMounts(debian({ mounts }), "none")), lines);
    });
  }
});
