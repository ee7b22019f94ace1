import { existsSync } from "node:fs";
import { changeRules } from "../../src/commands/allow.ts";

/** Run by allow.test.ts as a process of its own: `change-rules.ts HOME GO HOST...`, one at a time. */
const [home = "", go = "", ...hosts] = process.argv.slice(2);

// All start at the same moment, or else they rarely meet.
while (!existsSync(go)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
for (const host of hosts) {
  await changeRules(
    {
      environment: { HOME: home },
      workingDirectory: home,
      architecture: "x64",
      ids: { uid: 1000, gid: 1000 },
      executable: "/opt/pale",
      print: () => undefined,
    },
    "allow",
    { hosts: [host] },
  );
}
