import { findBlockEnd } from "./startup-block.ts";

/** A line of a startup file that changes PATH later than pale's block does. */
export type PathChange = {
  line: number;
  /** The tool, or `PATH` for a line that sets it by itself. */
  what: string;
  /** `prompt`: at every prompt or change of directory, wherever the line is. */
  when: "prompt" | "after";
};

const TOOLS: { what: string; when: PathChange["when"]; pattern: RegExp }[] = [
  { what: "direnv", when: "prompt", pattern: /\bdirenv\s+hook\b/u },
  { what: "mise", when: "prompt", pattern: /\bmise\s+activate\b(?!.*--shims)/u },
  { what: "mise", when: "after", pattern: /\bmise\s+activate\b.*--shims/u },
  { what: "asdf", when: "after", pattern: /\basdf\.(?:sh|fish)\b|\.asdf\/shims\b/u },
  { what: "nvm", when: "after", pattern: /\bnvm\.sh\b|\bnvm\s+use\b/u },
  {
    what: "PATH",
    when: "after",
    pattern: /\bPATH=|\bfish_add_path\b|\bset\s.*\bPATH\b|\bpath\+?=\(/u,
  },
];

/**
 * What can come before the shims although the block is there.
 *
 * @param text of a startup file; one without a block counts as read after it
 */
export function findPathChanges(text: string): PathChange[] {
  const end = findBlockEnd(text);
  let at = 0;
  return text.split(/(?<=\n)/u).flatMap((raw, index) => {
    const isAfter = at >= end;
    at += raw.length;
    const line = raw.trim();
    const tool = line.startsWith("#") ? undefined : TOOLS.find(({ pattern }) => pattern.test(line));
    if (tool === undefined || (tool.when === "after" && !isAfter)) return [];
    return [{ line: index + 1, what: tool.what, when: tool.when }];
  });
}
