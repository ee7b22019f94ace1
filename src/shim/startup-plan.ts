import type { PathChange } from "./path-changers.ts";
import { findPathChanges } from "./path-changers.ts";
import { appendBlock, takeBlock } from "./startup-block.ts";
import { renderPlainCommand, renderStartupCommand } from "./startup-files.ts";
import type { InstalledPaths, StartupFile } from "./startup-files.ts";
import type { Startup } from "./startup-write.ts";

/** What becomes of one startup file. */
export type StartupPlan = { startup: Startup; changes: PathChange[] } & (
  | { kind: "unchanged" }
  /** `now` is `undefined` when the file is to be removed. */
  | { kind: "change"; now: string | undefined }
  /** For the user to do; `line` is what to add, or `undefined` for a block to take out. */
  | { kind: "by-hand"; reason: string; line: string | undefined }
);

/** The block is the last thing of the file, with the command that this pale needs. */
export function planSetup(
  file: StartupFile,
  startup: Startup,
  installed: InstalledPaths,
): StartupPlan {
  const command = renderStartupCommand(file.shell, installed);
  const text = startup.text ?? "";
  const taken = takeBlock(text);
  if (taken.kind === "damaged") return planDamaged(startup, taken.line);
  const before = startup.text === undefined ? undefined : taken.text;
  const now = appendBlock(before, command);
  const after = (kept: string) => ({ startup, changes: findPathChanges(kept) });
  if (text.trimEnd() === now.trimEnd()) return { ...after(text), kind: "unchanged" };
  if (startup.kept === undefined) return { ...after(now), kind: "change", now };
  const byHand = [command, renderPlainCommand(file.shell, installed.pale)];
  if (isWritten(text, byHand)) return { ...after(text), kind: "unchanged" };
  return { ...after(now), kind: "by-hand", reason: startup.kept, line: command };
}

/** The file is what it was before the block. */
export function planTeardown(startup: Startup): StartupPlan {
  const taken = takeBlock(startup.text ?? "");
  if (taken.kind === "damaged") return planDamaged(startup, taken.line);
  const plan = { startup, changes: [] };
  if (!taken.hadBlock) return { ...plan, kind: "unchanged" };
  if (startup.kept === undefined) return { ...plan, kind: "change", now: taken.text };
  return { ...plan, kind: "by-hand", reason: startup.kept, line: undefined };
}

/** The lines that do by hand what the block does: from 1, in the file without its block. */
export function findByHand({ text }: Startup): number[] {
  const taken = takeBlock(text ?? "");
  const lines = taken.kind === "damaged" ? [] : (taken.text ?? "").split("\n");
  return lines.flatMap((line, index) => (BY_HAND.test(line) ? [index + 1] : []));
}

const BY_HAND = /^[^#]*\bpale\b.*\bshellenv (?:bash|zsh|fish|sh)\b/u;

function planDamaged(startup: Startup, line: number): StartupPlan {
  const reason = `line ${line} is half of a block of pale: remove it, and what belongs to it`;
  return { startup, changes: [], kind: "by-hand", reason, line: undefined };
}

/** As its last command, by the user or by what writes the user's files. */
function isWritten(text: string, wanted: readonly string[]): boolean {
  const lines = Buffer.from(text, "latin1").toString("utf8").split("\n");
  const commands = lines.map((line) => line.trim()).filter((line) => /^[^#]/u.test(line));
  return wanted.includes(commands.at(-1) ?? "");
}
