import { renderBash } from "./bash.ts";
import type { CommandDefinition } from "./definition.ts";
import { renderFish } from "./fish.ts";
import { renderZsh } from "./zsh.ts";

export const COMPLETED_SHELLS = ["bash", "zsh", "fish"] as const;
export type CompletedShell = (typeof COMPLETED_SHELLS)[number];

/** @param pale absolute path of the executable, which the script asks for names that change */
export function renderCompletion(
  shell: CompletedShell,
  definition: CommandDefinition,
  pale: string,
): string {
  switch (shell) {
    case "bash":
      return renderBash(definition, pale);
    case "zsh":
      return renderZsh(definition, pale);
    case "fish":
      return renderFish(definition, pale);
  }
}
