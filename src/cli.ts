import { writeFileSync } from "node:fs";
import { describeSystemError, EXIT, hasCode, UserError, UserErrors } from "./errors.ts";
import type { Invocation } from "./commands/invocation.ts";
import { run } from "./commands/run.ts";
import { printRealProgram } from "./commands/which.ts";
import { escapeUntrusted } from "./terminal.ts";

/**
 * The entry: the only file that reads the process, prints errors and exits. `run` and
 * `which` are the launch path and go straight through; other commands load commander.
 */
async function main(): Promise<void> {
  const invocation: Invocation = {
    environment: process.env,
    workingDirectory: process.cwd(),
    architecture: process.arch,
    ids: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    executable: process.execPath,
    // Not `process.stdout`: the runtime would make a pipe there non-blocking, for the agent as well.
    print: (text) => writeFileSync(1, text),
    warn: (message) => writeFileSync(2, `pale: warning: ${escapeUntrusted(message)}\n`),
    ask,
    // A function, so that nothing but a screen ever opens `process.stdout`: see `print`.
    columns: () => (isScreen() ? process.stdout.columns : undefined),
  };
  const [command, ...argv] = process.argv.slice(2);
  if (command === "run") return run(invocation, argv);
  if (command === "supervise") return startSupervisor(invocation);
  if (command === "which" && !isHelp(argv)) return printRealProgram(invocation, argv);
  if (command === "connect" && !isHelp(argv)) return connect(argv);
  if (command === "clipboard") return readFromClipboard(argv);
  return runProgram(invocation, process.argv.slice(2));
}

/** Commander answers it, for what goes past it as well; `run` has its own. */
function isHelp([first]: readonly string[]): boolean {
  return first === "--help" || first === "-h";
}

/** Imported above, the module would cost every launch a tenth of its time. */
function isScreen(): boolean {
  return process.getBuiltinModule("node:tty").isatty(1);
}

async function ask(question: string): Promise<string | undefined> {
  const { askOnTerminal } = await import("./commands/ask.ts");
  return askOnTerminal({ input: process.stdin, output: process.stdout }, question);
}

/** Started by the init program, never by a user. */
async function startSupervisor({ environment }: Invocation): Promise<void> {
  const { supervise } = await import("./supervise/supervise.ts");
  return supervise(environment);
}

/** In the place of a connection, so it starts as fast as can be; see src/plan/etc-mounts.ts. */
async function connect(argv: readonly string[]): Promise<void> {
  const { connectThrough } = await import("./commands/connect.ts");
  return connectThrough(argv);
}

/** In the place of `xclip`, so it starts as fast; see src/plan/clipboard.ts. */
async function readFromClipboard(argv: readonly string[]): Promise<void> {
  const { readClipboard } = await import("./commands/clipboard.ts");
  return readClipboard(argv);
}

async function runProgram(invocation: Invocation, argv: readonly string[]): Promise<void> {
  const { makeProgram } = await import("./commands/program.ts");
  const { CommanderError } = await import("commander");
  const colour = isScreen() && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  const program = makeProgram({ ...invocation, colour });
  try {
    await program.parseAsync(argv.length > 0 ? argv : ["--help"], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    const [message = "", ...hint] = error.message.replace(/^error: /u, "").split("\n");
    throw new UserError(message, { hint: hint.join(" ") || "see `pale --help`" });
  }
}

function report(error: unknown): number {
  if (error instanceof UserErrors) {
    for (const each of error.errors) printUserError(each);
    return EXIT.failure;
  }
  if (error instanceof UserError) {
    printUserError(error);
    return error.exitCode;
  }
  if (isClosedPipe(error)) return EXIT.failure;
  const refused = describeSystemError(error);
  if (refused) return report(refused);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split("\n").map(escapeUntrusted);
  writeFileSync(2, `pale: this is a bug in pale\n${lines.join("\n")}\n`);
  return EXIT.failure;
}

/** Whoever read what is printed has had enough of it. */
function isClosedPipe(error: unknown): boolean {
  return hasCode(error, "EPIPE");
}

function printUserError({ message, origin, hint }: UserError): void {
  const lines = [
    `pale: ${escapeUntrusted(message)}`,
    ...(origin === undefined ? [] : [`  at ${escapeUntrusted(origin)}`]),
    ...(hint === undefined ? [] : [`  ${escapeUntrusted(hint)}`]),
  ];
  writeFileSync(2, `${lines.join("\n")}\n`);
}

// The compiled program is one CommonJS script, which cannot await at the top.
// oxlint-disable-next-line unicorn/prefer-top-level-await
main().catch((error: unknown) => {
  process.exitCode = report(error);
});
