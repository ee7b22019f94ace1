import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findLaunches } from "../../src/host/launches.ts";
import { Folder } from "../helpers/folder.ts";

/** What a file in the home says, and whether the doctor hints at it. */
const ROWS: [file: string, text: string, isFound: boolean][] = [
  [".local/share/applications/a.desktop", "Exec=PLACE/bin/claude %u\n", true],
  [".config/autostart/a.desktop", "Exec=PLACE/bin/claude\n", true],
  [".config/systemd/user/a.service", "[Service]\nExecStart=-%h/bin/claude -p hello\n", true],
  [".local/bin/a", '#!/bin/sh\nexec "$HOME/bin/claude" "$@"\n', true],
  [".local/bin/a", "#!/bin/sh\n~/bin/claude\n", true],
  [".local/bin/a", "no script: PLACE/bin/claude\n", false],
  [".local/bin/a", "#!/bin/sh\n/x~/bin/claude2\n", false],
  [".local/bin/a", "#!/bin/sh\n~/shims/claude\n", false],
  [".config/systemd/user/a.service", "[Service]\nExecStart=claude\n", false],
  [".config/systemd/user/a.conf", "ExecStart=PLACE/bin/claude\n", false],
];

describe("what starts an agent by its absolute path", () => {
  for (const [file, text, isFound] of ROWS) {
    test(`${isFound ? "is" : "is not"} found in ${file}: ${JSON.stringify(text)}`, () => {
      using home = new Folder();
      const path = home.write(file, text.replace("PLACE", home.path));
      const found = findLaunches(home.path, ["claude"], home.at("shims"));
      const own = found.filter((each) => each.file === path);
      assert.deepEqual(own, isFound ? [{ file: path, program: home.at("bin/claude") }] : []);
    });
  }
});
