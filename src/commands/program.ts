import { Argument, Command, Option } from "commander";
import { FORMATS } from "../import/formats.ts";
import { SHELLS } from "../shim/shell-environment.ts";
import type { ScopeOptions } from "./allow.ts";
import type { Invocation } from "./invocation.ts";
import type { LearnedOptions } from "./learned.ts";
import type { ShowOptions } from "./log.ts";
import { addExamining } from "./program-examine.ts";
import { addExplaining } from "./program-explain.ts";
import { addRunningSandboxes } from "./program-running.ts";
import { addSetup, addShimCommands } from "./program-shims.ts";
import { describeRunOptions } from "./run-options.ts";
import type { ImportOptions } from "./import.ts";
import { refuseInside } from "./refuse-inside.ts";
import { printShellEnvironment } from "./shellenv.ts";
import { writeShims } from "./shims.ts";
import { addCompletion } from "./program-completion.ts";
import type { TrustOptions } from "./trust.ts";
import { withValues } from "./value-kinds.ts";
import { describeVersion } from "./version.ts";

/**
 * The commands as commander sees them. `run`, `which` and `connect` are declared for the help
 * only: the entry takes them before this file is loaded.
 */
export function makeProgram(invocation: Invocation): Command {
  const program = new Command("pale")
    .description("Coding agents, safe to leave alone.")
    .version(describeVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .hook("preAction", (_, action) => refuseInside(invocation, nameCommand(action)));
  addRunning(program.commandsGroup(GROUPS.run));
  addRunningSandboxes(program, invocation);
  addOverlays(program, invocation);
  addShims(program.commandsGroup(GROUPS.shims), invocation);
  addSetup(program, invocation);
  addNetwork(program.commandsGroup(GROUPS.network), invocation);
  addConfiguration(program.commandsGroup(GROUPS.configuration), invocation);
  addExplaining(program, invocation);
  addExamining(program.commandsGroup(GROUPS.machine), invocation);
  addCompletion(program, invocation);
  return program.helpCommand(true);
}

/** Of `shims add`, the first word. */
function nameCommand(action: Command): string {
  const { parent } = action;
  return parent?.parent ? parent.name() : action.name();
}

/** The headings of the help and the manual page; a command has the one that was set last. */
const GROUPS = {
  run: "Run:",
  shims: "Shims:",
  network: "Network:",
  configuration: "Configuration:",
  machine: "Machine:",
} as const;

function addRunning(program: Command): void {
  program
    .command("run")
    .summary("run a command in its sandbox")
    .usage("[OPTIONS] [--] CMD [ARGS...]")
    .addHelpText("after", describeRunOptions());
  program.command("which").summary("print the real program behind a shim").argument("<command>");
  program
    .command("connect")
    .summary("inside a sandbox: a connection by way of the proxy, for ssh")
    .argument("<host>")
    .argument("<port>");
}

function addShims(program: Command, invocation: Invocation): void {
  const shims = program
    .command("shims")
    .summary("write the shims: claude, claude-raw and so on")
    .action(async () => writeShims(invocation));
  addShimCommands(shims, invocation);
  program
    .command("shellenv")
    .summary("print what puts the shims first on PATH")
    .addArgument(
      withValues(new Argument("[shell]", "bash, zsh, fish or sh (default: $SHELL)"), [], SHELLS),
    )
    .action((shell: string | undefined) => printShellEnvironment(invocation, shell));
}

function addOverlays(program: Command, invocation: Invocation): void {
  program
    .command("diff")
    .summary("show what agents of this project changed in overlays")
    .argument("[path]", "of one directory")
    .option("--patch", "what changed in each file")
    .action(async (path: string | undefined, options: { patch?: boolean }) => {
      const { printChanges } = await import("./overlay.ts");
      printChanges(invocation, path, options);
    });
  program
    .command("apply")
    .summary("do to the directories what was done in their overlays")
    .argument("[path]", "of one directory")
    .action(async (path: string | undefined) => {
      const { applyChanges } = await import("./overlay.ts");
      applyChanges(invocation, path);
    });
  program
    .command("discard")
    .summary("drop what was changed in overlays")
    .argument("[path]", "of one directory")
    .action(async (path: string | undefined) => {
      const { discardChanges } = await import("./overlay.ts");
      discardChanges(invocation, path);
    });
}

function addConfiguration(program: Command, invocation: Invocation): void {
  program
    .command("init")
    .summary("ask what agents may use, and write a commented configuration")
    .action(async () => {
      const { writeConfiguration } = await import("./init.ts");
      await writeConfiguration(invocation);
    });
  program
    .command("trust")
    .summary("let a project's own `.pale.toml` widen its sandbox")
    .argument("[dir]", "the project (default: the one around the working directory)")
    .option("-y, --yes", "do not ask")
    .option("--ignore", "leave this content out, and do not stop for it")
    .option("--revoke", "take the decision back")
    .option("--list", "what has been decided")
    .action(async (directory: string | undefined, options: TrustOptions) => {
      const { decideTrust } = await import("./trust.ts");
      return decideTrust(invocation, directory, options);
    });
  program
    .command("import")
    .summary("translate the configuration of another sandbox, onto the screen")
    .argument("<file>", "of agent-sandbox, redoubtful, fence or srt")
    .addOption(
      withValues(
        new Option(
          "--format <name>",
          "agent-sandbox, redoubtful, fence or srt (default: told from it)",
        ),
        [],
        FORMATS,
      ),
    )
    .action(async (file: string, options: ImportOptions) => {
      const { printImported } = await import("./import.ts");
      return printImported(invocation, file, options);
    });
}

function addNetwork(program: Command, invocation: Invocation): void {
  program
    .command("log")
    .summary("show what sandboxes asked for, and what became of it")
    .option("-f, --follow", "go on as more comes")
    .option("--denied", "what was refused, with the line that would allow it")
    .option("--json", "one JSON object a line")
    .option("--profile <name>", "of one profile")
    .option("--project <dir>", "of one project")
    .option("-n, --count <number>", "how many of the last", "50")
    .action(async ({ count, ...options }: Omit<ShowOptions, "count"> & { count: string }) => {
      const { readCount, showLog } = await import("./log.ts");
      const colour = invocation.colour ?? false;
      return showLog(invocation, { ...options, count: readCount(count), colour });
    });
  program
    .command("learned")
    .summary("what `pale run --learn` has found out, as a profile")
    .option("--profile <name>", "of one profile (default: of this project)")
    .option("--save", "add it to the configuration")
    .action(async (options: LearnedOptions) => {
      const { printLearned } = await import("./learned.ts");
      return printLearned(invocation, options);
    });
  addRules(program, invocation);
}

function addRules(program: Command, invocation: Invocation): void {
  for (const list of ["allow", "deny"] as const) {
    program
      .command(list)
      .summary(list === "allow" ? "let hosts be reached" : "keep hosts out, whatever is allowed")
      .addArgument(
        withValues(new Argument("<host...>", "HOST, *.HOST, HOST:PORT"), [
          list === "allow" ? "denied-host" : "reached-host",
        ]),
      )
      .option("--profile <name>", "in one profile only")
      .option("--project", "in this project only")
      .action(async (hosts: string[], options: ScopeOptions) => {
        const { changeRules } = await import("./allow.ts");
        return changeRules(invocation, list, { hosts, ...options });
      });
  }
}
