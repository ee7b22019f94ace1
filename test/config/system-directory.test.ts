import assert from "node:assert/strict";
import { chmodSync, chownSync } from "node:fs";
import { describe, test } from "node:test";
import { refuseOpenFiles } from "../../src/config/system-directory.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

describe("the directory of the machine's configuration", () => {
  test("must be root's, or the reader's own", () => {
    using folder = new Folder();
    const directory = folder.directory("etc/pale");
    const file = folder.write("etc/pale/config.toml", "");
    const self = process.getuid?.();
    // A link counts as what it leads to: here root's.
    const root = folder.link("etc/pale/root.toml", "/etc/passwd");
    refuseOpenFiles([file], { directory, self });
    refuseOpenFiles([file], { directory, self: 12_345 });
    const asked = { directory: "/etc/pale", self };
    refuseOpenFiles([root], asked);
    if (self === 0) chownSync(file, 12_345, 0);
    const [error] = catchUserErrors(() =>
      refuseOpenFiles([root, file], { ...asked, self: 54_321 }),
    );
    assert.equal(error?.message, "others than root can change the configuration of this machine");
  });

  test("that has nothing to be read is no error", () => {
    using folder = new Folder();
    chmodSync(folder.path, 0o777);
    refuseOpenFiles([], { directory: folder.path, self: 12_345 });
  });
});
