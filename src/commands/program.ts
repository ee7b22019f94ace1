import { Command } from "commander";
import type { Invocation } from "./invocation.ts";
import { writeExample } from "./init.ts";
import { describeRunOptions } from "./run-options.ts";
import { printShellEnvironment } from "./shellenv.ts";
import { writeShims } from "./shims.ts";
import { describeVersion } from "./version.ts";

/**
 * The commands as commander sees them. `run` and `which` are declared for the help only:
 * the entry takes them before this file is loaded.
 */
export function makeProgram(invocation: Invocation): Command {
  const program = new Command("pale")
    .description("Coding agents, safe to leave alone.")
    .version(describeVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  program
    .command("run")
    .summary("run a command in its sandbox")
    .usage("[OPTIONS] [--] CMD [ARGS...]")
    .addHelpText("after", describeRunOptions());
  program.command("which").summary("print the real program behind a shim").argument("<command>");
  program
    .command("shims")
    .summary("write the shims: claude, claude-raw and so on")
    .action(() => writeShims(invocation));
  program
    .command("shellenv")
    .summary("print what puts the shims first on PATH")
    .argument("[shell]", "bash, zsh, fish or sh (default: $SHELL)")
    .action((shell: string | undefined) => printShellEnvironment(invocation, shell));
  program
    .command("init")
    .summary("write a commented configuration")
    .action(() => writeExample(invocation));
  return program;
}
