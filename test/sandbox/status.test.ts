import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { Running, until } from "../helpers/running.ts";
import { World } from "../helpers/world.ts";

type Status = {
  id: number;
  profile: string;
  project: string;
  network: { mode: string; reached?: string[]; denied?: string[]; published?: object[] };
  variables: string[];
  limits: string[];
  processes: { command: string[] }[];
};

function readStatus(world: World, ...words: string[]): Status[] {
  return JSON.parse(world.pale(["status", "--json", ...words]).stdout) as Status[];
}

describe("pale status", () => {
  test("says that nothing runs", () => {
    using world = new World();
    const nothing = { status: 0, stdout: "no sandbox is running\n", stderr: "" };
    assert.deepEqual(world.pale(["status"]), nothing);
    assert.deepEqual(readStatus(world), []);
  });

  test("has a line for each sandbox that runs, and none when it has ended", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const first = await Running.start(world);
    await using second = await Running.start(world, undefined, ["--network", "host"]);
    const [one = "", other = "", ...rest] = world.pale(["status"]).stdout.trimEnd().split("\n");
    assert.deepEqual(rest, []);
    const command = String.raw`sh -c 'echo ready; read line; exit 5'  in ~/work/project$`;
    const offered = world.pale(["complete", "sandbox"]).stdout;
    const about = `default in ${world.project}`;
    assert.equal(offered, `${first.id}\t${about}\n${second.id}\t${about}\n`);
    assert.match(one, new RegExp(`^${first.id} +default  .* none +${command}`, "u"));
    assert.match(other, new RegExp(`^${second.id} +default  .* host +${command}`, "u"));
    await first[Symbol.asyncDispose]();
    assert.deepEqual(
      readStatus(world).map(({ id }) => id),
      [second.id],
    );
  });

  test("of one tells what it may do, what it did, and what would allow what was refused", async (t) => {
    if (!requireSandbox(t) || !requireTool(t, "curl")) return;
    using world = new World();
    const script = "curl -s https://unlisted.example; echo ready; read line";
    const flags = ["--allow", "listed.example", "--limit", "open_files=500"];
    await using running = await Running.start(world, script, flags);
    // The log is written in a moment.
    await until(
      () => (readStatus(world)[0]?.network.denied?.length ?? 0) > 0,
      () => "a refusal in the log",
    );
    const { stdout } = world.pale(["status", String(running.id)]);
    for (const line of [
      /^ {2}project +~\/work\/project$/mu,
      /^ {2}network +filtered: 0 reached, 1 denied$/mu,
      /^ {2}allowed +listed\.example$/mu,
      /^ {2}refused +unlisted\.example:443$/mu,
      /^ {2}limits +open_files=500$/mu,
      /^ {2}doors +proxy=127\.0\.0\.1:\d+ /mu,
      /^writable\n {2}~\/work\/project$/mu,
      /^ {2}\/etc: .* passwd|^ {2}\/usr$/mu,
      /^ {4}allow it: pale allow unlisted\.example/mu,
      /^processes\n {2}\d+ +S .*sh -c/mu,
    ]) {
      assert.match(stdout, line);
    }
    const [data] = readStatus(world, String(running.id));
    assert.deepEqual(data?.network.denied, ["unlisted.example:443"]);
    assert.deepEqual(data?.limits, ["open_files=500"]);
    assert.equal(data?.profile, "default");
  });

  test("names variables, and shows no value", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.write(".config/pale/config.toml", 'env.set = { TOKEN = "hunter2" }\n');
    await using running = await Running.start(world, 'echo "$TOKEN"; echo ready; read line');
    assert.match(running.said, /hunter2/u);
    const { stdout } = world.pale(["status", "--json"]);
    assert.match(stdout, /"TOKEN"/u);
    assert.doesNotMatch(stdout + world.pale(["status", String(running.id)]).stdout, /hunter2/u);
  });

  test("is not taken in by a process inside that calls itself a sandbox", async (t) => {
    const python = requireTool(t, "python3");
    if (!requireSandbox(t) || !python) return;
    using world = new World();
    const files = join(world.home, ".cache/pale/files");
    // As much alike as it can be made inside: the same program, with the same words, which waits.
    const forge =
      "mkfifo wait; (exec -a IMAGE /run/pale/init outer wait -- /bin/true bwrap) & echo ready; read line";
    const script = `exec bash -c '${forge}'`;
    await using running = await Running.start(world, script);
    const image = readdirSync(files).find((name) => name.startsWith("init-"));
    assert.ok(image !== undefined && existsSync(join(files, image)));
    await until(
      () => JSON.stringify(readStatus(world)[0]?.processes).includes("outer"),
      () => "the forged process",
    );
    assert.deepEqual(
      readStatus(world).map(({ id }) => id),
      [running.id],
    );
  });

  test("escapes what a process inside calls itself", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const script = String.raw`exec bash -c '(exec -a "$(printf "a\033]0;title\007b")" sleep 61) & echo ready; read line'`;
    await using running = await Running.start(world, script);
    await until(
      () => world.pale(["status", String(running.id)]).stdout.includes("title"),
      () => "the name",
    );
    for (const words of [
      ["status", "--json"],
      ["status", String(running.id)],
    ]) {
      assert.doesNotMatch(world.pale(words).stdout, /[\u0007\u001B]/u);
    }
  });

  test("shows those of the caller alone, and of this cache", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    using stranger = new World();
    await using running = await Running.start(world);
    assert.equal(readStatus(world).length, 1);
    assert.deepEqual(readStatus(stranger), []);
    assert.ok(running.id > 0);
  });

  test("finds one whose init program has been replaced by an update", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    await using running = await Running.start(world);
    world.outside('rm -r "$HOME/.cache/pale/files"');
    assert.deepEqual(
      readStatus(world).map(({ id }) => id),
      [running.id],
    );
  });

  test("does not list what only looks like one from outside", async (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    world.inside("true", { flags: ["--network", "none"] });
    const files = join(world.home, ".cache/pale/files");
    const image = join(files, readdirSync(files).find((name) => name.startsWith("init-")) ?? "");
    // It has the right program and words, but no sandbox below it.
    const child = spawn(image, ["outer", "/dev/null", "--", "/bin/sleep", "60"]);
    await until(
      () => child.pid !== undefined,
      () => "a start",
    );
    assert.deepEqual(readStatus(world), []);
    child.kill("SIGKILL");
  });
});
