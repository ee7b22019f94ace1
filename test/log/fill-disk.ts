import { execFileSync } from "node:child_process";
import { openLogFile } from "../../src/log/file.ts";

/**
 * Run by file.test.ts as a process of its own: `fill-disk.ts FILE`, which has 1000 bytes. Appends
 * lines of 50 bytes where there is room for 60, and again where there is more; says which were
 * written.
 */
const [path = ""] = process.argv.slice(2);
const file = openLogFile({ path, mostBytes: 1_000_000 });
const append = (letter: string) => file.append(`${letter.repeat(49)}\n`);

process.on("SIGXFSZ", () => {});
limitFiles("1060");
const full = [append("a"), append("b"), append("c")];
limitFiles("unlimited");
const free = [append("d"), append("e")];
process.stdout.write(JSON.stringify({ full, free }));

/** The kernel takes what fits, and then nothing, as on a disk that is full. */
function limitFiles(bytes: string): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}
