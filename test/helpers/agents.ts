import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/**
 * The real agents, laid out as `npm install --global --prefix` lays them out, with
 * no second download: test/agents pins them with npm's shallow strategy, so that
 * each package there already holds its own dependencies, and a global install is
 * those packages hard-linked plus one link in `bin` for each command.
 *
 * Hard links share their inode with the source, so nothing may edit them in place,
 * and Linux lets a user link only files of their own. What root fetched is therefore
 * copied once, and linked from the copy.
 */

const COMMANDS = [
  { command: "claude", name: "@anthropic-ai/claude-code", file: "bin/claude.exe" },
  { command: "codex", name: "@openai/codex", file: "bin/codex.js" },
  { command: "pi", name: "@mariozechner/pi-coding-agent", file: "dist/cli.js" },
  { command: "srt", name: "@anthropic-ai/sandbox-runtime", file: "dist/cli.js" },
] as const;

/** Where this user's copies and prefixes may live on: on the disk, never on a tmpfs. */
export function agentsCache(): string {
  return path.join(homedir(), ".cache/pale-test-agents");
}

/**
 * Make `PREFIX/bin/{claude,codex,pi,srt}` and `PREFIX/lib/node_modules`. Well under
 * a second on the file system of `agentsCache()`; nothing to do when all is there.
 */
export function installAgents(prefix: string): void {
  const source = ownPackages();
  mkdirSync(path.join(prefix, "bin"), { recursive: true });
  for (const { command, name, file } of COMMANDS) {
    placePackage(path.join(source, name), path.join(prefix, "lib/node_modules", name));
    placeLink(path.join("../lib/node_modules", name, file), path.join(prefix, "bin", command));
  }
}

/**
 * Make what Claude's own installer makes: the program as `versions/VERSION` under
 * `HOME/.local/share/claude`, and a link to it at `HOME/.local/bin/claude`.
 * Returns the program's path.
 */
export function installNativeClaude(home: string): string {
  const source = path.join(ownPackages(), "@anthropic-ai/claude-code");
  const program = path.join(home, ".local/share/claude/versions", versionAt(source) ?? "");
  if (!existsSync(program)) placeTree(path.join(source, "bin/claude.exe"), program);
  mkdirSync(path.join(home, ".local/bin"), { recursive: true });
  placeLink(program, path.join(home, ".local/bin/claude"));
  return program;
}

/** The fetched packages if they are this user's; else this user's copy of them. */
function ownPackages(): string {
  const fetched = fetchedPackages();
  if (statSync(fetched).uid === process.getuid?.()) return fetched;
  const own = path.join(agentsCache(), "packages");
  for (const { name } of COMMANDS) placePackage(path.join(fetched, name), path.join(own, name));
  return own;
}

/** scripts/test.sh says where it put them; by hand they go into test/agents. */
function fetchedPackages(): string {
  const byHand = path.join(import.meta.dirname, "../agents");
  const fetched = path.join(process.env["PALE_TEST_AGENTS"] ?? byHand, "node_modules");
  const complete = COMMANDS.every(({ name, file }) => existsSync(path.join(fetched, name, file)));
  if (complete) return fetched;
  throw new Error(`no agents in ${fetched}: run \`npm ci --prefix test/agents\``);
}

function placePackage(source: string, target: string): void {
  if (versionAt(target) === versionAt(source)) return;
  rmSync(target, { recursive: true, force: true });
  placeTree(source, target);
}

function versionAt(packageRoot: string): string | undefined {
  const manifest = path.join(packageRoot, "package.json");
  if (!existsSync(manifest)) return undefined;
  return /"version": "([^"]+)"/u.exec(readFileSync(manifest, "utf8"))?.[1];
}

/** The tree appears whole or not at all; of two test processes that race, the first wins. */
function placeTree(source: string, target: string): void {
  const unfinished = `${target}.unfinished-${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true });
  const linked = spawnSync("cp", ["-al", source, unfinished], { stdio: "ignore" });
  if (linked.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    execFileSync("cp", ["-a", "--reflink=auto", source, unfinished]);
  }
  try {
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

function placeLink(to: string, at: string): void {
  const unfinished = `${at}.unfinished-${process.pid}`;
  symlinkSync(to, unfinished);
  renameSync(unfinished, at);
}
