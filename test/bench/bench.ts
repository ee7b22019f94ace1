import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { World, PALE } from "../helpers/world.ts";

/**
 * `npm run bench`: how long a launcher takes for `true`, which does nothing and ends with
 * its first instructions. All are measured in turn in one run, so that a noisy machine is
 * noisy for all; the result is ratios of medians.
 *
 * Exits 1 when pale misses its promises: at most 4 times bare bubblewrap with the same
 * mounts, and at least 10 times faster than srt.
 */

const ROUNDS = Number(process.env["PALE_BENCH_ROUNDS"] ?? 40);
const MOST_TIMES_BWRAP = 4;
const LEAST_TIMES_FASTER_THAN_SRT = 10;

type Contender = { name: string; argv: string[]; env: Record<string, string>; times: number[] };

function main(): number {
  using world = new World();
  const contenders = listContenders(world);
  for (const contender of contenders) measure(contender, world);
  for (const contender of contenders) contender.times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contender of contenders) contender.times.push(measure(contender, world));
  }
  return report(contenders);
}

function listContenders(world: World): Contender[] {
  const environment = world.environment();
  const program = ["/bin/true"];
  const pale = [PALE, "run", "--network", "none", "--", ...program];
  const bare = readBareBwrap(world, program);
  const contenders = [
    { name: "bwrap", argv: bare, env: environment, times: [] },
    { name: "pale", argv: pale, env: environment, times: [] },
  ];
  const srt = findSrt();
  if (srt === undefined) return contenders;
  const path = `${process.env["PATH"] ?? ""}:/usr/bin:/bin`;
  return [
    ...contenders,
    { name: "srt", argv: [srt, ...program], env: { ...environment, PATH: path }, times: [] },
  ];
}

/** The same mounts and namespaces as pale's, taken from its own plan, by bubblewrap alone. */
function readBareBwrap(world: World, program: readonly string[]): string[] {
  world.pale(["run", "--", "true"]);
  const { stdout } = world.pale(["run", "--dry-run=json", "--", "true"]);
  const { argv, bwrap } = JSON.parse(stdout) as { argv: string[]; bwrap: { path: string } };
  const start = argv.indexOf(bwrap.path);
  const options = argv.slice(start, argv.lastIndexOf("--"));
  const leftOut = ["--seccomp", "--as-pid-1"];
  const kept = options.filter((word, index) => {
    return !leftOut.includes(word) && options[index - 1] !== "--seccomp";
  });
  return [...kept, "--", ...program];
}

function findSrt(): string | undefined {
  const agents = process.env["PALE_TEST_AGENTS"] ?? "/var/cache/pale-test";
  const srt = join(agents, "node_modules/.bin/srt");
  return existsSync(srt) ? srt : undefined;
}

/** Milliseconds from the start to the end, as whoever waits for it sees it. */
function measure({ argv: [command = "", ...args], env }: Contender, world: World): number {
  const start = performance.now();
  const { status } = spawnSync(command, args, { cwd: world.project, env, stdio: "ignore" });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return time;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function report(contenders: readonly Contender[]): number {
  const medians = new Map(contenders.map(({ name, times }) => [name, median(times)]));
  const pale = medians.get("pale") ?? Number.NaN;
  for (const [name, value] of medians) console.log(`${name.padEnd(6)} ${value.toFixed(1)} ms`);
  const overBwrap = pale / (medians.get("bwrap") ?? Number.NaN);
  console.log(`pale / bwrap  ${overBwrap.toFixed(2)}   (promise: at most ${MOST_TIMES_BWRAP})`);
  const srt = medians.get("srt");
  if (srt === undefined) {
    console.log("srt is not installed: not compared (npm test fetches it)");
    return overBwrap <= MOST_TIMES_BWRAP ? 0 : 1;
  }
  const faster = srt / pale;
  console.log(
    `srt / pale    ${faster.toFixed(1)}   (promise: at least ${LEAST_TIMES_FASTER_THAN_SRT})`,
  );
  return overBwrap <= MOST_TIMES_BWRAP && faster >= LEAST_TIMES_FASTER_THAN_SRT ? 0 : 1;
}

process.exitCode = main();
