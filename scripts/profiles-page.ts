import { AGENTS, BUILTIN_PROFILES } from "../src/config/builtin.ts";
import { compileConfiguration } from "../src/config/compile.ts";
import type { Layer } from "../src/policy.ts";

/** Everything after this line in docs/profiles.md is made from the profiles. */
export const MARK = "<!-- made by scripts/generate-profiles.ts -->";

/** The tables of docs/profiles.md, from the profiles that pale is shipped with. */
export function renderProfiles(): string {
  const { profiles } = compileConfiguration(BUILTIN_PROFILES);
  const rows = Object.entries(profiles).map(([name, layer]) => ({ name, layer }));
  const isAgent = ({ name }: { name: string }) => AGENTS.includes(name);
  const agents = rows.filter(isAgent).map(({ name, layer }) => renderRow(name, layer));
  const facets = rows
    .filter((row) => !isAgent(row))
    .map(({ name, layer }) => renderRow(name, layer));
  return ["## Agents", renderTable(agents), "## Facets", renderTable(facets)].join("\n\n");
}

function renderRow(name: string, layer: Layer): string[] {
  return [
    `\`${name}\``,
    describe(name),
    listGrants(layer).join("<br>"),
    layer.warning?.value ?? "",
  ];
}

/** The comment above the table of the profile. */
function describe(name: string): string {
  const text = BUILTIN_PROFILES.map((source) => source.text).join("\n");
  const lines = text.split("\n");
  const index = lines.indexOf(`[profile.${name}]`);
  const comment = lines.slice(0, index).at(-1) ?? "";
  return comment.replace(/^# /u, "");
}

function listGrants(layer: Layer): string[] {
  const code = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(" ");
  const values = (list: readonly { value: string }[]) => code(list.map(({ value }) => value));
  const mounts = (access: string) =>
    code(layer.mounts.filter((mount) => mount.access === access).map(({ host }) => host));
  const groups: [string, string][] = [
    ["uses", values(layer.uses)],
    ["read-only", mounts("ro")],
    ["writable", mounts("rw")],
    ["sockets", values(layer.sockets)],
    ["hosts", values(layer.allow)],
    ["registries of", values(layer.registries)],
    ["servers named by", values(layer.endpoints)],
    ["ports of the host", code(layer.forwards.map(({ value }) => String(value.hostPort)))],
    ["variables", code(layer.variables.map(({ name }) => name))],
    ["clipboard", layer.clipboard?.value ?? ""],
    ["git", layer.gitIdentity?.value ? "name and address" : ""],
  ];
  return groups.filter(([, text]) => text !== "").map(([name, text]) => `${name}: ${text}`);
}

/** As oxfmt has it: columns of one width. */
function renderTable(rows: readonly string[][]): string {
  const all = [["Name", "What it is", "What it shows", "Warning"], ...rows];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join(" | ")} |`;
  const rule = line((widths ?? []).map((width) => "-".repeat(width)));
  const [head = [], ...body] = all;
  return [line(head), rule, ...body.map(line)].join("\n");
}
