import { execFile } from "node:child_process";
import { UserError } from "../errors.ts";
import { findCommand, listDirectories } from "../host/search.ts";
import type { VariableSource } from "../plan/plan.ts";
import { couldWrite, isWritable, MOST_BYTES } from "./variable-sources.ts";
import type { SourceQuestion } from "./variable-sources.ts";

type CommandSource = Extract<VariableSource, { kind: "command" }>;

/** Enough to find a phone and to type what it shows. */
const MOST_SECONDS = 60;

/**
 * Run the command of a variable, outside of the sandbox, in the home directory and past every
 * directory of PATH where an agent can write.
 *
 * @param question with `seconds`, how long it may take
 * @returns what it prints
 * @throws UserError when it cannot be run, fails, or takes longer
 */
export async function runVariableCommand(
  name: string,
  source: CommandSource,
  { seconds = MOST_SECONDS, ...question }: SourceQuestion & { seconds?: number },
): Promise<Uint8Array> {
  const [command = "", ...words] = source.command;
  const path = listDirectories(question.search)
    .filter((directory) => !isWritable(directory, question.writable))
    .join(":");
  const file = findFile(name, source, { ...question, search: { ...question.search, path } });
  if (isWritable(file, question.writable)) throw couldWrite(name, file, source.origin);
  const outcome = await execute([file, ...words], {
    cwd: question.home,
    env: { ...question.environment, PATH: path },
    timeout: seconds * 1000,
  });
  if (outcome.kind === "printed") return outcome.bytes;
  throw new UserError(`\`${command}\`, which \`${name}\` comes from, ${outcome.problem}`, {
    origin: source.origin,
    hint: outcome.said || "try it in a terminal",
  });
}

/** The exit codes 126 and 127 are for the command inside, which this is not. */
function findFile(
  name: string,
  { command: [command = ""], origin }: CommandSource,
  { search, home }: SourceQuestion,
): string {
  try {
    return findCommand(command.startsWith("~/") ? `${home}${command.slice(1)}` : command, search);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message = `\`${name}\` comes from a command, and ${error.message}`;
    throw new UserError(message, { origin, hint: error.hint });
  }
}

type Outcome =
  | { kind: "printed"; bytes: Uint8Array }
  /** `said` is the first line on standard error. */
  | { kind: "failed"; problem: string; said: string };

async function execute(
  [file = "", ...words]: readonly string[],
  place: { cwd: string; env: Readonly<Record<string, string | undefined>>; timeout: number },
): Promise<Outcome> {
  const options = {
    ...place,
    encoding: "buffer",
    killSignal: "SIGKILL",
    maxBuffer: MOST_BYTES,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(file, words, options, (error, stdout, stderr) => {
      const said = stderr.toString("utf8").trim().split("\n")[0] ?? "";
      resolve(
        error
          ? { kind: "failed", problem: explain(error, place.timeout), said }
          : { kind: "printed", bytes: stdout },
      );
    });
    child.stdin?.end();
  });
}

function explain(
  error: Error & { code?: unknown; killed?: boolean | undefined },
  milliseconds: number,
): string {
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "printed more than 64 KiB";
  if (error.killed) return `took more than ${milliseconds / 1000} seconds`;
  return typeof error.code === "number" ? `ended with ${error.code}` : "could not be run";
}
