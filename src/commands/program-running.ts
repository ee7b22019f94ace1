import type { Command } from "commander";
import type { Invocation } from "./invocation.ts";
import { splitWords } from "./split-words.ts";
import type { StopOptions } from "./stop.ts";

/** The commands for sandboxes that run: status, exec and stop. */
export function addRunningSandboxes(program: Command, invocation: Invocation): void {
  program
    .command("status")
    .summary("the sandboxes that run; of one everything")
    .argument("[id]", "its number, or a directory in its project")
    .option("--json", "as data")
    .action(async (word: string | undefined, options: { json?: boolean }) => {
      const { showStatus } = await import("./status.ts");
      showStatus(invocation, word, options);
    });
  program
    .command("exec")
    .summary("run a command inside a sandbox that runs")
    .usage("[ID] -- CMD [ARGS...]")
    .argument("[words...]")
    .action(async (_: string[], __: object, command: Command) => {
      const { executeInside } = await import("./exec.ts");
      const { before, behind } = splitWords(command);
      const [word, excess] = before;
      if (excess !== undefined) command.error(`one word too many before \`--\`: \`${excess}\``);
      return executeInside(invocation, word, behind);
    });
  program
    .command("stop")
    .summary("end sandboxes: asks first, then kills")
    .argument("[id...]", "numbers, or directories in projects (default: the one of this project)")
    .option("--all", "every one of yours")
    .option("--now", "kill without asking")
    .action(async (words: string[], options: StopOptions) => {
      const { stopSandboxes } = await import("./stop.ts");
      return stopSandboxes(invocation, words, options);
    });
}
