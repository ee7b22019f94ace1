import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openLog } from "../../src/log/write.ts";
import { decisionOf } from "./entries.ts";

/**
 * Run by tests as a process of its own: `write-lines.ts FILE SANDBOX LINES MOST_BYTES`. Makes
 * ready/SANDBOX next to the file and waits for ready/go, so that all begin at once, then writes as
 * fast as it can; the port counts the lines.
 */
const [file = "", sandbox = "", lines, mostBytes] = process.argv.slice(2);
const log = openLog({
  file,
  sandbox,
  profile: "claude",
  project: "/home/ada/project",
  learn: false,
  limits: { burst: Number(lines), mostBytes: Number(mostBytes) },
});

const ready = join(dirname(file), "ready");
writeFileSync(join(ready, sandbox), "");
while (!existsSync(join(ready, "go"))) sleep();
for (let port = 1; port <= Number(lines); port += 1) {
  // Of many lengths, so that a line that was torn is not by chance another's.
  const { time, door, verdict } = decisionOf();
  const host = `${"a".repeat((port * 37) % 200)}.test`;
  log.appendDecision({ time, door, host, port, verdict });
}
log.close();

function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
