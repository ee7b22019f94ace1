import { createInterface } from "node:readline/promises";
import type { ReadStream, WriteStream } from "node:tty";

type Streams = { input: ReadStream; output: WriteStream };

/** Ask on the terminal; `undefined` when there is none. To close it is to say nothing. */
export async function askOnTerminal(
  { input, output }: Streams,
  question: string,
): Promise<string | undefined> {
  if (!input.isTTY || !output.isTTY) return undefined;
  const terminal = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => {
    terminal.once("close", () => resolve(""));
  });
  try {
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}
