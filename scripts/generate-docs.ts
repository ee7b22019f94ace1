import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_OPTIONS } from "../src/commands/run-options.ts";
import { makeJsonSchema, renderJsonSchema } from "../src/config/json-schema.ts";
import type { SchemaNode } from "../src/config/json-schema.ts";

/**
 * Write what comes from the one schema (src/config/schema.ts): docs/pale.schema.json, and the
 * tables of docs/configuration.md, each between its markers. Prose stays as it is.
 * test/scripts/generate-docs.test.ts fails when a file is not what this would write.
 *
 * Run as `npx bun scripts/generate-docs.ts`.
 */
const DOCS = join(import.meta.dirname, "../docs");

export const FILES = {
  page: join(DOCS, "configuration.md"),
  schema: join(DOCS, "pale.schema.json"),
} as const;

/** A key of a profile with its dotted name. */
export type Key = { name: string; node: SchemaNode };

/** Every key that a profile or a file's top can have; `env` is only the table that four are in. */
export function listKeys(): Key[] {
  return Object.entries(makeJsonSchema().properties ?? {}).flatMap(([name, node]): Key[] => {
    if (name !== "env") return [{ name: NAMES[name] ?? name, node }];
    const inner = Object.entries(node.properties ?? {});
    return inner.map(([below, inside]) => ({ name: `env.${below}`, node: inside }));
  });
}

const NAMES: Readonly<Record<string, string>> = {
  profile: "profile.NAME",
  project: 'project."PATH"',
};

/** Options of `pale run` that no key has. */
export function listOtherFlags(): string[] {
  const said = new Set(listKeys().flatMap(({ node }) => node["x-flags"] ?? []));
  const shown = RUN_OPTIONS.filter(({ isHidden }) => isHidden !== true);
  return shown.map(({ name }) => name).filter((name) => !said.has(name));
}

/** The page with every generated part renewed. */
export function renderPage(page: string): string {
  return Object.entries(makeParts()).reduce(
    (text, [name, part]) => replacePart(text, name, part),
    page,
  );
}

/** The page with what is between the markers of `name` replaced. */
export function replacePart(text: string, name: string, part: string): string {
  const begin = `<!-- generated: ${name}; see scripts/generate-docs.ts -->`;
  const end = `<!-- end of ${name} -->`;
  const [before, rest = ""] = text.split(begin);
  const [, after] = rest.split(end);
  if (before === undefined || after === undefined) throw new Error(`no place for ${name}`);
  return `${before}${begin}\n\n${part}\n\n${end}${after}`;
}

function makeParts(): Record<string, string> {
  const schema = makeJsonSchema();
  const mount = schema.$defs?.["mount"]?.properties ?? {};
  const limits = schema.properties?.["limits"]?.properties ?? {};
  return {
    keys: renderTable(["Key", "Flag", "Value"], listKeys().map(describeKey)),
    mount: renderTable(["Key", "Value"], Object.entries(mount).map(describeInner)),
    limits: renderTable(["Key", "Value"], Object.entries(limits).map(describeInner)),
    "other flags": describeOtherFlags(),
  };
}

function describeKey({ name, node }: Key): string[] {
  const flags = name === "command" ? ["the command"] : (node["x-flags"] ?? []).map(describeFlag);
  return [`\`${name}\``, flags.join(", "), node.description ?? ""];
}

function describeInner([name, node]: [string, SchemaNode]): string[] {
  return [`\`${name}\``, node.description ?? ""];
}

function describeOtherFlags(): string {
  const flags = listOtherFlags().map(describeFlag);
  return `Flags that are no settings: ${flags.join(", ")}.`;
}

function describeFlag(name: string): string {
  const option = RUN_OPTIONS.find((known) => known.name === name);
  if (!option) throw new Error(`no option --${name}`);
  const { short, value } = option;
  const long =
    value === undefined ? `--${name}` : `--${name}${value.startsWith("[") ? "" : " "}${value}`;
  return short === undefined ? `\`${long}\`` : `\`-${short}\`, \`${long}\``;
}

/** Columns as wide as the formatter makes them, so that it has nothing to change. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? "").length)),
  );
  const render = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [title = [], ...body] = cells;
  const rule = widths.map((width) => "-".repeat(width));
  return [title, rule, ...body].map(render).join("\n");
}

if (import.meta.main) {
  writeFileSync(FILES.schema, renderJsonSchema());
  writeFileSync(FILES.page, renderPage(readFileSync(FILES.page, "utf8")));
}
