import { Argument, Option } from "commander";
import type { Command } from "commander";
import { SHELLS } from "../shim/shell-environment.ts";
import type { GenerateOptions } from "./generate-shims.ts";
import type { Invocation } from "./invocation.ts";
import type { AddOptions } from "./own-shims.ts";
import type { SetupOptions } from "./setup.ts";
import type { TeardownOptions } from "./teardown.ts";
import { withValues } from "./value-kinds.ts";

/** `pale shims add`, `remove` and `list`; alone, `shims` writes them. */
export function addShimCommands(shims: Command, invocation: Invocation): void {
  shims
    .command("add")
    .summary("a shim for any command, remembered")
    .usage("NAME [--profile P] [-- ARGS...]")
    .addArgument(withValues(new Argument("<name>", "as it is typed: npm, cargo"), ["program"]))
    .argument("[args...]", "put in front of the caller's, in the sandbox only")
    .option("--profile <name>", "to run it with (default: the one of its name, if any)")
    .action(async (name: string, words: string[], options: AddOptions) => {
      const { addShim } = await import("./own-shims.ts");
      return addShim(invocation, [name, ...words], options);
    });
  shims
    .command("remove")
    .summary("take back what `add` did")
    .addArgument(withValues(new Argument("<name>"), ["own-shim"]))
    .action(async (name: string) => {
      const { removeShim } = await import("./own-shims.ts");
      return removeShim(invocation, name);
    });
  shims
    .command("list")
    .summary("every shim: profile, arguments, the program behind it")
    .action(async () => {
      const { listShims } = await import("./own-shims.ts");
      listShims(invocation);
    });
  addGenerate(shims, invocation);
}

function collect(value: string, values: string[] = []): string[] {
  return [...values, value];
}

/** For package managers: see docs/how-it-works.md. */
function addGenerate(shims: Command, invocation: Invocation): void {
  shims
    .command("generate")
    .summary("shims into another directory, for a package: DIR/bin, DIR/share/pale/plans")
    .argument("<dir>")
    .requiredOption("--shim <json>", "name, profile, arguments, program, raw; repeat it", collect)
    .option("--config <file>", "the configuration that they use, always")
    .option("--pale <file>", "the pale that they run (default: this one)")
    .action(async (directory: string, options: GenerateOptions) => {
      const { generateShims } = await import("./generate-shims.ts");
      return generateShims(invocation, directory, options);
    });
}

export function addSetup(program: Command, invocation: Invocation): void {
  program
    .command("setup")
    .summary("have your shells put the shims first on PATH")
    .addOption(
      withValues(
        new Option("--shell <name...>", "bash, zsh, fish, sh (default: those that you use)"),
        [],
        SHELLS,
      ),
    )
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show the changes, make none")
    .action(async (options: SetupOptions) => {
      const { setUp } = await import("./setup.ts");
      return setUp(invocation, options);
    });
  program
    .command("teardown")
    .summary("take out what `pale setup` put into startup files")
    .option("--shims", "remove the shims as well")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show the changes, make none")
    .action(async (options: TeardownOptions) => {
      const { tearDown } = await import("./teardown.ts");
      return tearDown(invocation, options);
    });
}
