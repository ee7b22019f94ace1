import { Argument } from "commander";
import type { Command } from "commander";
import type { Invocation } from "./invocation.ts";
import { splitWords } from "./split-words.ts";
import { withValues } from "./value-kinds.ts";

/** The commands that explain the configuration: show, why, check and schema. */
export function addExplaining(program: Command, invocation: Invocation): void {
  addShow(program, invocation);
  addWhy(program, invocation);
  addChecking(program, invocation);
}

function addShow(program: Command, invocation: Invocation): void {
  program
    .command("show")
    .summary("show a policy, each value with the line that it comes from")
    .usage("[PROFILE] [--json] [-- OPTIONS OF RUN] [CMD]")
    .addArgument(withValues(new Argument("[words...]"), ["profile", "run-words"]))
    .option("--json", "as data")
    .action(async (_: string[], options: { json?: boolean }, command: Command) => {
      const { showPolicy } = await import("./show.ts");
      const { word: profile, runArguments } = readQuestion(command);
      return showPolicy(invocation, { ...options, ...(profile && { profile }), runArguments });
    });
}

function addWhy(program: Command, invocation: Invocation): void {
  program
    .command("why")
    .summary("explain why a path, a host or a variable is there inside, or is not")
    .usage("PATH|HOST[:PORT]|VARIABLE [OPTIONS] [-- OPTIONS OF RUN] [CMD]")
    .addArgument(
      withValues(new Argument("<words...>"), ["denied-host", "variable", "path", "run-words"]),
    )
    .option("--profile <name>", "with this profile")
    .option("--path", "it is a path")
    .option("--host", "it is a host")
    .option("--var", "it is a variable")
    .option("--json", "as data")
    .action(async (_: string[], options: object, command: Command) => {
      const { explainWhy } = await import("./why.ts");
      const { word, runArguments } = readQuestion(command);
      if (word === undefined) command.error("a path, a host or a variable comes before `--`");
      return explainWhy(invocation, word, { ...options, runArguments });
    });
}

function addChecking(program: Command, invocation: Invocation): void {
  program
    .command("check")
    .summary("find what is wrong with the configuration")
    .option("--json", "as data")
    .action(async (options: { json?: boolean }) => {
      const { checkConfiguration } = await import("./check.ts");
      return checkConfiguration(invocation, options);
    });
  program
    .command("schema")
    .summary("print the JSON schema of configuration files, for editors")
    .action(async () => {
      const { renderJsonSchema } = await import("../config/json-schema.ts");
      return invocation.print(renderJsonSchema());
    });
}

/** What is asked about, and behind `--` the run that it is asked of. */
function readQuestion(command: Command): {
  word: string | undefined;
  runArguments: readonly string[];
} {
  const { before, behind: runArguments } = splitWords(command);
  const [word, excess] = before;
  if (excess !== undefined) command.error(`one word too many: \`${excess}\``);
  return { word, runArguments };
}
