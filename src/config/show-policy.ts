import { escapeUntrusted } from "../terminal.ts";
import type { Explained, ExplainedPolicy } from "./explain.ts";

/** A policy to be read: by group, the values in one column and where they come from in another. */
export function describePolicy(policy: ExplainedPolicy, home: string): string {
  const { profile, chosenBy, groups } = policy;
  const blocks = groups.map(({ name, values }) => {
    return [name, ...describeValues(values, { profile, home })].join("\n");
  });
  const title = `profile ${escapeUntrusted(profile)}  # ${escapeUntrusted(chosenBy)}`;
  return `${[title, ...blocks].join("\n\n")}\n`;
}

/** The same as data, for `--json`: groups by name. */
export function describePolicyAsData({ profile, chosenBy, groups }: ExplainedPolicy): object {
  const rows = groups.map(({ name, values }): [string, object[]] => [
    name.replace(" ", "_"),
    values.map(({ key, value, origin, via, replaced }) => ({ key, value, origin, via, replaced })),
  ]);
  return { profile: { value: profile, origin: chosenBy }, ...Object.fromEntries(rows) };
}

type Surroundings = { profile: string; home: string };

function describeValues(values: readonly Explained[], surroundings: Surroundings): string[] {
  const keys = Math.max(...values.map(({ key }) => key.length));
  const texts = values.map(({ text }) => escapeUntrusted(text));
  // One long value would push the origins of all the others out of sight.
  const width = Math.max(...texts.map(({ length }) => (length > MOST_PADDED ? 0 : length)));
  return values.map((value, index) => {
    const text = (texts[index] ?? "").padEnd(width);
    return `  ${value.key.padEnd(keys)}  ${text}  # ${describeOrigin(value, surroundings)}`;
  });
}

const MOST_PADDED = 50;

function describeOrigin({ origin, via, replaced }: Explained, surroundings: Surroundings): string {
  const isOwn = via.length === 0 || (via.length === 1 && via[0] === surroundings.profile);
  const notes = [
    shortenHome(origin, surroundings.home),
    ...(isOwn ? [] : [`by way of ${via.join(" > ")}`]),
    ...(replaced ? ["replaced by a later one"] : []),
  ];
  return escapeUntrusted(notes.join(", "));
}

/** `~/x` for what is below the home directory. */
export function shortenHome(path: string, home: string): string {
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
