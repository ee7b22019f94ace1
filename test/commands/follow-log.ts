import { showLog } from "../../src/commands/log.ts";

/** Run by log.test.ts as a process of its own: `pale log --follow --json` for STATE. */
const [state = ""] = process.argv.slice(2);
await showLog(
  {
    environment: { HOME: "/nowhere", XDG_STATE_HOME: state },
    workingDirectory: "/",
    architecture: process.arch,
    ids: { uid: 0, gid: 0 },
    executable: process.execPath,
    print: (text) => process.stdout.write(text),
  },
  { follow: true, json: true, count: 50 },
);
