import fixed from "../../shims/raw-fixed.sh" with { type: "text" };
import raw from "../../shims/raw.sh" with { type: "text" };
import sandboxed from "../../shims/sandboxed.sh" with { type: "text" };
import type { PlanReference } from "./plan-reference.ts";
import { renderReference } from "./plan-reference.ts";
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
  plan?: PlanReference | undefined;
  /** The configuration to be read instead of the user's. */
  config?: string | undefined;
  /** Absolute path of the real program; without it, the one that is on PATH. */
  program?: string | undefined;
  /** What the way out is called (`NAME-raw`); `null` for none. */
  raw?: string | null | undefined;
};

/** The shim that takes the command's name, and its raw twin. */
export function renderShims(request: ShimRequest): Shim[] {
  const { name, arguments: words = [], program, raw: twin = `${request.name}-raw` } = request;
  const values: Record<string, string> = {
    PALE: quoteForScript(request.pale),
    OPTIONS: renderOptions(request),
    NAME: quoteForScript(name),
    COMMAND: [name, ...words].map(quoteForScript).join(" "),
    PROGRAM: quoteForScript(program ?? ""),
    OUT: twin === null ? "" : `; \`${twin}\` is the way out`,
  };
  const fill = (prototype: string) =>
    prototype.replaceAll(/@([A-Z]+)@/gu, (mark, word: string) => values[word] ?? mark);
  const shim = { name, text: fill(sandboxed) };
  if (twin === null) return [shim];
  return [shim, { name: twin, text: fill(program === undefined ? raw : fixed) }];
}

function renderOptions({ plan, config, program, profile }: ShimRequest): string {
  const options: [string, string | undefined][] = [
    ["--plan", plan && renderReference(plan)],
    ["--config", config],
    ["--program", program],
    ["--profile", profile],
  ];
  return options
    .filter(([, value]) => value !== undefined)
    .map(([flag, value = ""]) => `${flag} ${quoteForScript(value)} `)
    .join("");
}
