import { Argument } from "commander";
import type { Command } from "commander";
import { COMPLETED_SHELLS } from "../completion/render.ts";
import type { Invocation } from "./invocation.ts";
import { withValues } from "./value-kinds.ts";

/** What shells and `man` read: made from the program that these commands are part of. */
export function addCompletion(program: Command, invocation: Invocation): void {
  program
    .command("completion")
    .summary("print what completes the words of pale in a shell")
    .addArgument(withValues(new Argument("<shell>", "bash, zsh or fish"), [], COMPLETED_SHELLS))
    .action(async (shell: string) => {
      const { printCompletion } = await import("./completion.ts");
      printCompletion(invocation, program, shell);
    });
  program
    .command("man")
    .summary("print the manual page: pale man | man -l -")
    .action(async () => {
      const { printManualPage } = await import("./man.ts");
      printManualPage(invocation, program);
    });
  program
    .command("complete", { hidden: true })
    .argument("<list>")
    .action(async (list: string) => {
      const { printCandidates } = await import("./complete.ts");
      await printCandidates(invocation, list);
    });
}
