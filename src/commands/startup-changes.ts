import { shortenHome } from "../config/show-policy.ts";
import type { StartupPlan } from "../shim/startup-plan.ts";
import { writeStartup } from "../shim/startup-write.ts";
import { escapeUntrusted } from "../terminal.ts";
import { askToAgree } from "./agree.ts";
import type { Invocation } from "./invocation.ts";
import { compareLines } from "./line-diff.ts";

export type ChangeOptions = { yes?: boolean; dryRun?: boolean };

type Change = Extract<StartupPlan, { kind: "change" }>;

/** What is to be done, for the question and the messages. */
export type Work = { home: string; command: "setup" | "teardown"; plans: readonly StartupPlan[] };

/**
 * Show every change, ask, then make them all.
 *
 * @returns whether the files are as they are to be, but for those that the user has to change
 * @throws UserError when nobody can be asked
 */
export async function makeChanges(
  invocation: Invocation,
  work: Work,
  options: ChangeOptions,
): Promise<boolean> {
  const changes = work.plans.filter((plan): plan is Change => plan.kind === "change");
  invocation.print(work.plans.map((plan) => describe(plan, work)).join(""));
  if (changes.length === 0) return true;
  if (options.dryRun === true) return false;
  const asked = { ...QUESTION, command: work.command };
  if (options.yes !== true && !(await askToAgree(invocation, asked))) return false;
  for (const { startup, now } of changes) {
    writeStartup(startup, now);
    invocation.print(
      `${now === undefined ? "removed" : "written"}: ${escapeUntrusted(startup.real)}\n`,
    );
  }
  return true;
}

const QUESTION = { question: "change these files?", toRead: "what `--dry-run` shows" } as const;

function describe(plan: StartupPlan, { home, command }: Work): string {
  const { path, real } = plan.startup;
  const shown = escapeUntrusted(shortenHome(path, home));
  const target = real === path ? "" : ` -> ${escapeUntrusted(shortenHome(real, home))}`;
  switch (plan.kind) {
    case "unchanged":
      return command === "setup" ? `${shown}${target}: has it already\n` : "";
    case "change":
      return `${shown}${target}:\n${describeDifference(plan)}`;
    case "by-hand":
      return `${shown}${target}: left alone (${plan.reason})\n${describeByHand(plan, path)}`;
  }
}

function describeByHand({ line }: { line: string | undefined }, path: string): string {
  if (line === undefined) return "  take out what is between the marks of pale\n";
  const option = HOME_MANAGER.find(([end]) => path.endsWith(end))?.[1];
  const hint = option === undefined ? "" : `  (home-manager: ${option} = lib.mkAfter ''...'')\n`;
  return `  add this as its last line:\n    ${escapeUntrusted(line)}\n${hint}`;
}

/** Which option ends up at the end of which file. */
const HOME_MANAGER: [end: string, option: string][] = [
  ["/.bashrc", "programs.bash.initExtra"],
  ["/.profile", "programs.bash.profileExtra"],
  ["/.bash_profile", "programs.bash.profileExtra"],
  ["/.zshenv", "programs.zsh.envExtra"],
  ["/.zprofile", "programs.zsh.profileExtra"],
  ["/.zshrc", "programs.zsh.initContent"],
  ["/.zlogin", "programs.zsh.loginExtra"],
  ["/config.fish", "programs.fish.shellInitLast"],
];

const CONTEXT = 3;

function describeDifference({ startup, now }: Change): string {
  const lines = compareLines(decode(startup.text), decode(now)).filter(
    ({ text }, index, all) => text !== "" || index < all.length - 1,
  );
  const isNear = (index: number) =>
    lines
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some(({ kind }) => kind !== "same");
  return lines
    .map(({ kind, text }, index) => ({
      shown: `  ${MARKS[kind]} ${escapeUntrusted(text.replace(/\r$/u, ""))}`,
      index,
    }))
    .filter(({ index }) => isNear(index))
    .map(({ shown }) => `${shown.trimEnd()}\n`)
    .join("");
}

const MARKS = { same: " ", removed: "-", added: "+" } as const;

function decode(text: string | undefined): string {
  return Buffer.from(text ?? "", "latin1").toString("utf8");
}
