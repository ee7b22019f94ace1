import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NixStore } from "../test/nix/store.ts";
import { renderTable, replacePart } from "./generate-docs.ts";

/**
 * Write the table of docs/nix.md from the options of the modules, as Nix evaluates them. Needs what
 * test/nix needs. test/nix/files.test.ts fails when the page is not what this would write.
 *
 * Run as `npx bun scripts/generate-nix-options.ts`.
 */
export const NIX_PAGE = join(import.meta.dirname, "../docs/nix.md");

export type NixOption = { name: string; description: string; default: string };

/** The page with its table renewed. */
export function renderNixPage(page: string, options: readonly NixOption[]): string {
  const rows = options.map((option) => [
    `\`${option.name.replace(/^programs\.pale\./u, "")}\``,
    option.default,
    option.description,
  ]);
  return replacePart(page, "options", renderTable(["Option", "Default", "What it is"], rows));
}

if (import.meta.main) {
  using store = new NixStore();
  const options = store.evaluate("options", "home-manager") as NixOption[];
  writeFileSync(NIX_PAGE, renderNixPage(readFileSync(NIX_PAGE, "utf8"), options));
}
