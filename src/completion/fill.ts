import type { Values } from "./definition.ts";

/** Put texts in the places of a prototype: `@NAME@`. */
export function fill(prototype: string, texts: Readonly<Record<string, string>>): string {
  return prototype.replaceAll(/@([A-Z]+)@/gu, (mark, name: string) => texts[name] ?? mark);
}

/** As the scripts for bash and zsh have them: a source, or `+WORD` for a word. */
export function listWords({ sources, choices }: Values): string[] {
  const odd = choices.find((choice) => !/^[\w.+-]+=?$/u.test(choice));
  if (odd !== undefined) throw new Error(`no word for a completion script: ${odd}`);
  return [...sources, ...choices.map((choice) => `+${choice}`)];
}
