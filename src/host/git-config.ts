/** One setting of a git configuration file; section and name in lower case, as git compares them. */
export type GitEntry = {
  section: string;
  subsection: string | undefined;
  name: string;
  value: string;
};

/**
 * The settings of a text, in order. What git would refuse is passed over: the text decides
 * about a name in a commit, and about nothing else.
 */
export function parseGitConfiguration(text: string): GitEntry[] {
  const entries: GitEntry[] = [];
  let header: Pick<GitEntry, "section" | "subsection"> | undefined;
  for (const line of joinLines(text)) {
    const { rest, ...found } = readHeader(line);
    if (found.section !== undefined) header = { ...found, section: found.section };
    const entry = header && readEntry(rest, header);
    if (entry) entries.push(entry);
  }
  return entries;
}

/** A backslash at the end of a line continues it. */
function joinLines(text: string): string[] {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/((?:^|[^\\])(?:\\\\)*)\\\n/gu, "$1")
    .split("\n");
}

/** `[section]`, `[section "subsection"]`, `[section.subsection]`; a setting may follow. */
function readHeader(line: string): {
  section: string | undefined;
  subsection: string | undefined;
  rest: string;
} {
  const [whole = "", section, old, quoted] =
    /^\s*\[\s*([\w-]+)(?:\.([^\]\s]+)|\s+"((?:[^"\\]|\\.)*)")?\s*\]/u.exec(line) ?? [];
  const subsection = quoted?.replaceAll(/\\(.)/gu, "$1") ?? old?.toLowerCase();
  return { section: section?.toLowerCase(), subsection, rest: line.slice(whole.length) };
}

function readEntry(
  line: string,
  header: Pick<GitEntry, "section" | "subsection">,
): GitEntry | undefined {
  const [, name, value] = /^\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/su.exec(line) ?? [];
  if (name === undefined) return undefined;
  return {
    ...header,
    name: name.toLowerCase(),
    value: value === undefined ? "true" : readValue(value),
  };
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", b: "\b" };

/** Quotes keep blanks and comment signs; outside of them both end the value. */
function readValue(text: string): string {
  let value = "";
  let kept = 0;
  let isQuoted = false;
  for (const [part = ""] of text.matchAll(/\\.|./gsu)) {
    if (part === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /^[#;]$/u.test(part)) break;
    else value += part.startsWith("\\") ? (ESCAPES[part.slice(1)] ?? part.slice(1)) : part;
    if (isQuoted || !/^\s$/u.test(part)) kept = value.length;
  }
  return value.slice(0, kept);
}
