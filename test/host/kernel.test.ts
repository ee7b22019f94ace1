import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkKernelSettings, readKernelSettings } from "../../src/host/kernel.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const OPEN = { unprivilegedUserns: 1, maxUserNamespaces: 15_000, apparmorRestricts: 0 };

describe("checkKernelSettings", () => {
  const message = "this kernel does not let users make namespaces";
  const keep = "   (and keep it in /etc/sysctl.d/pale.conf)";

  test("names the setting that forbids namespaces, and how to change it", () => {
    assert.deepEqual(
      catchUserErrors(() => checkKernelSettings({ ...OPEN, unprivilegedUserns: 0 })),
      [
        {
          message,
          origin: "kernel.unprivileged_userns_clone is 0",
          hint: `sudo sysctl -w kernel.unprivileged_userns_clone=1${keep}`,
        },
      ],
    );
    assert.deepEqual(
      catchUserErrors(() => checkKernelSettings({ ...OPEN, maxUserNamespaces: 0 })),
      [
        {
          message,
          origin: "user.max_user_namespaces is 0",
          hint: `sudo sysctl -w user.max_user_namespaces=15000${keep}`,
        },
      ],
    );
  });

  test("has nothing to say where they are allowed, or the kernel has no such setting", () => {
    const none = {
      unprivilegedUserns: undefined,
      maxUserNamespaces: undefined,
      apparmorRestricts: undefined,
    };
    for (const settings of [OPEN, none, { ...OPEN, apparmorRestricts: 1 }]) {
      assert.equal(checkKernelSettings(settings), undefined);
    }
  });
});

test("readKernelSettings reads numbers, and nothing where there is no setting", () => {
  for (const value of Object.values(readKernelSettings())) {
    assert.ok(value === undefined || Number.isInteger(value));
  }
});
