import raw from "../../shims/raw.sh" with { type: "text" };
import sandboxed from "../../shims/sandboxed.sh" with { type: "text" };
import { quoteForScript } from "./quote.ts";

/** A file to be written into the directory of shims. */
export type Shim = { name: string; text: string };

export type ShimRequest = {
  /** The command that the user types. */
  name: string;
  /** Without it `pale run` chooses by the command's name. */
  profile?: string | undefined;
  /** In front of the caller's, inside only. */
  arguments?: readonly string[];
  /** Absolute path of the pale executable. */
  pale: string;
};

/** The shim that takes the command's name, and its `-raw` twin. */
export function renderShims({ name, profile, arguments: words = [], pale }: ShimRequest): Shim[] {
  const values: Record<string, string> = {
    PALE: quoteForScript(pale),
    OPTIONS: profile === undefined ? "" : `--profile ${quoteForScript(profile)} `,
    NAME: quoteForScript(name),
    COMMAND: [name, ...words].map(quoteForScript).join(" "),
  };
  const fill = (prototype: string) =>
    prototype.replaceAll(/@([A-Z]+)@/gu, (mark, word: string) => values[word] ?? mark);
  return [
    { name, text: fill(sandboxed) },
    { name: `${name}-raw`, text: fill(raw) },
  ];
}
