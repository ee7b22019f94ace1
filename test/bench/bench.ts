import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { World, PALE } from "../helpers/world.ts";

/**
 * `npm run bench`: how long a launcher takes for `true`, which does nothing and ends with
 * its first instructions. All are measured in turn in one run, a few times each, so that a noisy
 * machine is noisy for all; the result is ratios of medians. Exits 1 when pale misses a promise.
 */

/** How many of one contender are counted before the next has its turn. */
const RUNS = 4;

const ROUNDS = Number(process.env["PALE_BENCH_ROUNDS"] ?? 40);

/** What is promised of the time of one contender over that of another. */
type Promised = { one: string; other: string; most?: number; least?: number };

const PROMISES: readonly Promised[] = [
  { one: "pale", other: "bwrap", most: 4 },
  { one: "srt", other: "pale", least: 10 },
  { one: "pale filtered", other: "pasta + bwrap", most: 2.5 },
  { one: "srt", other: "pale filtered", least: 4 },
];

type Contender = {
  name: string;
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  times: number[];
};

function main(): number {
  using world = new World();
  // bubblewrap makes files for the mounts in the project, which pale would then have to protect.
  using bareWorld = new World();
  const contenders = listContenders(world, bareWorld);
  for (let round = 0; round < ROUNDS; round += RUNS) {
    for (const contender of contenders) contender.times.push(...measureSome(contender));
  }
  return report(contenders);
}

/** The first does not count: it pays for what the one before has left, and finds nothing in the caches. */
function measureSome(contender: Contender): number[] {
  measure(contender);
  return Array.from({ length: RUNS }, () => measure(contender));
}

function listContenders(world: World, bareWorld: World): Contender[] {
  const environment = world.environment();
  const cwd = world.project;
  const bareStart = { env: bareWorld.environment(), cwd: bareWorld.project };
  const program = ["/bin/true"];
  const pale = [PALE, "run", "--network", "none", "--", ...program];
  const bare = readBareBwrap(bareWorld, program);
  const filtered = [PALE, "run", "--network", "filtered", "--", ...program];
  const contenders = [
    { name: "bwrap", argv: bare, ...bareStart, times: [] },
    { name: "pale", argv: pale, env: environment, cwd, times: [] },
    { name: "pasta + bwrap", argv: [...PASTA, ...bare], ...bareStart, times: [] },
    { name: "pale filtered", argv: filtered, env: environment, cwd, times: [] },
  ];
  const srt = findSrt();
  if (srt === undefined) return contenders;
  const path = `${process.env["PATH"] ?? ""}:/usr/bin:/bin`;
  return [
    ...contenders,
    { name: "srt", argv: [srt, ...program], env: { ...environment, PATH: path }, cwd, times: [] },
  ];
}

/** A network with an interface of its own, and nothing open in it: what others filter. */
const PASTA = `/usr/bin/pasta --config-net --no-map-gw -t none -u none -T none -U none --`.split(
  " ",
);

/**
 * The same files and namespaces as pale's, taken from its own plan, by bubblewrap alone: with a mount
 * for what pale has it copy, as nobody opens files for it.
 */
function readBareBwrap(world: World, program: readonly string[]): string[] {
  world.pale(["run", "--network", "none", "--", "true"]);
  const { stdout } = world.pale(["run", "--dry-run=json", "--network", "none", "--", "true"]);
  const { argv, bwrap } = JSON.parse(stdout) as { argv: string[]; bwrap: { path: string } };
  const start = argv.indexOf(bwrap.path);
  const options = argv.slice(start, argv.lastIndexOf("--"));
  const leftOut = ["--seccomp", "--as-pid-1"];
  const kept = options.filter((word, index) => {
    return !leftOut.includes(word) && options[index - 1] !== "--seccomp";
  });
  const opened = argv.slice(argv.indexOf("outer") + 1);
  return [...mountCopied(kept, opened), "--", ...program];
}

/** `--perms MODE --file DESCRIPTOR PLACE`, as `--ro-bind FILE PLACE`. */
function mountCopied(options: readonly string[], opened: readonly string[]): string[] {
  const at = options.indexOf("--file");
  if (at === -1) return [...options];
  const [descriptor = "", place = ""] = options.slice(at + 1);
  const file = opened[Number(descriptor) - 200] ?? "";
  const rest = mountCopied(options.slice(at + 3), opened);
  return [...options.slice(0, at - 2), "--ro-bind", file, place, ...rest];
}

function findSrt(): string | undefined {
  const agents = process.env["PALE_TEST_AGENTS"] ?? "/var/cache/pale-test";
  const srt = join(agents, "node_modules/.bin/srt");
  return existsSync(srt) ? srt : undefined;
}

/** Milliseconds from the start to the end, as whoever waits for it sees it. */
function measure({ argv: [command = "", ...args], env, cwd }: Contender): number {
  const start = performance.now();
  const { status } = spawnSync(command, args, { cwd, env, stdio: "ignore" });
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
  for (const [name, value] of medians) console.log(`${name.padEnd(14)} ${value.toFixed(1)} ms`);
  const kept = PROMISES.map((promise) => judge(promise, medians));
  return kept.every(Boolean) ? 0 : 1;
}

function judge(
  { one, other, most = Infinity, least = 0 }: Promised,
  medians: ReadonlyMap<string, number>,
): boolean {
  const ratio = (medians.get(one) ?? Number.NaN) / (medians.get(other) ?? Number.NaN);
  const promise = most < Infinity ? `at most ${most}` : `at least ${least}`;
  if (Number.isNaN(ratio)) {
    console.log(`${one} / ${other}: not compared, one is not installed`);
    return true;
  }
  console.log(`${one} / ${other}: ${ratio.toFixed(2)} (promise: ${promise})`);
  return ratio <= most && ratio >= least;
}

process.exitCode = main();
