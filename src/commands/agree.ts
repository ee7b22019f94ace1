import { UserError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";

/** `toRead`: what a user has read before they add `--yes`. */
type Asked = { command: string; question: string; toRead: string };

/**
 * Ask before something is changed; without a yes, say that nothing is.
 *
 * @throws UserError when there is nobody to ask
 */
export async function askToAgree(
  { print, ask }: Invocation,
  { command, question, toRead }: Asked,
): Promise<boolean> {
  const answer = await ask?.(`${question} [y/N] `);
  if (answer === undefined) {
    throw new UserError(`\`pale ${command}\` needs a terminal to ask on`, {
      hint: `run it in one, or add \`--yes\` once you have read ${toRead}`,
    });
  }
  if (isYes(answer)) return true;
  print("nothing is changed\n");
  return false;
}

/** Whether the answer to a question that ends with `[y/N]` is a yes. */
export function isYes(answer: string): boolean {
  return /^\s*y(?:es)?\s*$/iu.test(answer);
}
