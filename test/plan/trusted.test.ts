import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planMounts } from "../../src/plan/mounts.ts";
import { guardTrusted } from "../../src/plan/trusted.ts";
import { debian, mountOf } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const guard = (trusted: string, access: "ro" | "rw" = "rw") => {
  const mounts = [mountOf("/opt/pale", { access })];
  guardTrusted(planMounts(debian({ mounts }), "none"), [trusted]);
};

describe("what pale trusts is not handed to an agent", () => {
  test("in the project", () => {
    assert.deepEqual(
      catchUserErrors(() => guard("/home/ada/project/dist/pale")),
      [
        {
          message: "an agent could write `/home/ada/project/dist/pale`, which pale trusts",
          origin: "/home/ada/project would be writable: the project",
          hint: "keep pale and its configuration in a place of their own",
        },
      ],
    );
  });

  test("in a writable mount", () => {
    const [error] = catchUserErrors(() => guard("/opt/pale/bin/pale"));
    assert.equal(error?.origin, "/opt/pale would be writable: config.toml:1");
  });

  for (const [trusted, access] of [
    ["/opt/pale/bin/pale", "ro"],
    ["/usr/bin/pale", "rw"],
    ["/home/ada/.local/bin/pale", "rw"],
    ["/home/ada/project2/pale", "rw"],
  ] as const) {
    test(`but ${trusted} may be beside what is writable, or read-only (${access})`, () => {
      assert.equal(guard(trusted, access), undefined);
    });
  }
});
