import raw from "../../shims/raw.sh" with { type: "text" };
import sandboxed from "../../shims/sandboxed.sh" with { type: "text" };
import { quoteForScript } from "./quote.ts";

/** A file to be written into the directory of shims. */
export type Shim = { name: string; text: string };

export type ShimRequest = {
  /** The command that the user types; its profile has the same name. */
  name: string;
  /** Absolute path of the pale executable. */
  pale: string;
};

/** The shim that takes the command's name, and its `-raw` twin. */
export function renderShims({ name, pale }: ShimRequest): Shim[] {
  const values: Record<string, string> = { PALE: pale, PROFILE: name, NAME: name };
  const fill = (prototype: string) =>
    prototype.replaceAll(/@([A-Z]+)@/gu, (mark, word: string) =>
      quoteForScript(values[word] ?? mark),
    );
  return [
    { name, text: fill(sandboxed) },
    { name: `${name}-raw`, text: fill(raw) },
  ];
}
