import { shortenHome } from "../config/show-policy.ts";
import type { NetworkGate } from "../plan/plan.ts";
import { makeClock } from "../log/show.ts";
import { escapeUntrusted, quoteOnOneLine, wrapLine } from "../terminal.ts";
import { groupMounts } from "./mounts.ts";
import type { Sandbox } from "./find.ts";
import type { NetworkUse } from "./network.ts";
import type { ProcessUse } from "./use.ts";

/** A sandbox with what it has done and what runs in it. */
export type Status = { sandbox: Sandbox; network: NetworkUse; processes: ProcessUse[] };

export type Surroundings = {
  home: string;
  cache: string;
  log: string;
  timeZone?: string;
  /** Of the terminal; absent for none. */
  columns?: number | undefined;
};

/** One line for each sandbox, in columns. */
export function describeSandboxes(statuses: readonly Status[], surroundings: Surroundings): string {
  const clock = makeClock(surroundings);
  const rows = statuses.map(({ sandbox, network }) => [
    String(sandbox.id),
    escapeUntrusted(sandbox.profile),
    clock(sandbox.since.toISOString()),
    describeNetwork(sandbox, network),
    cut(describeCommand(sandbox), MOST_COMMAND),
    `in ${escapeUntrusted(shortenHome(sandbox.project, surroundings.home))}`,
  ]);
  return align(rows);
}

const MOST_COMMAND = 50;

function align(rows: readonly string[][]): string {
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      return cell.padEnd(Math.max(...rows.map((each) => each[column]?.length ?? 0)));
    });
    return `${cells.join("  ").trimEnd()}\n`;
  });
  return lines.join("");
}

function describeNetwork({ network, gate }: Sandbox, use: NetworkUse): string {
  if (!gate) return network;
  const { reached, denied, published } = use;
  const ports = published.map(({ sandboxPort, hostPort }) => {
    return sandboxPort === hostPort ? `${hostPort}` : `${sandboxPort}>${hostPort}`;
  });
  const shown = ports.length > 0 ? `, published ${ports.join(" ")}` : "";
  return `${network}: ${reached.length} reached, ${denied.length} denied${shown}`;
}

function describeCommand({ chain }: Sandbox): string {
  if (!chain) return "(of another version of pale)";
  return chain.command.argv.map(quoteOnOneLine).join(" ");
}

function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 3).join("")}...`;
}

/** Everything about one sandbox. */
export function describeSandbox(status: Status, surroundings: Surroundings): string {
  const { sandbox } = status;
  const { home, columns } = surroundings;
  const blocks = [
    [`sandbox ${sandbox.id}`, ...align(listFacts(status, surroundings)).trimEnd().split("\n")],
    ...listMounts(sandbox, surroundings),
    ["processes", ...describeProcesses(status.processes)],
    ...(status.network.refusals.length > 0
      ? [["refused, the latest at the end", ...takeLast(status.network.refusals)]]
      : []),
  ];
  const text = blocks.map(([title = "", ...lines]) => {
    return [title, ...lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`)];
  });
  const render = (line: string) => wrap(shorten(line, home), columns);
  return `${text.map((lines) => lines.map(render).join("\n")).join("\n\n")}\n`;
}

/** Names go on below names, and what stands beside a word goes on beside it. */
function wrap(line: string, columns: number | undefined): string {
  const [beside = "    "] = /^ {2}\w+ {2,}/u.exec(line) ?? [];
  return wrapLine(line, columns, beside.length);
}

/** Lines that are safe to print, with nothing but the home directory left to be shortened. */
function shorten(line: string, home: string): string {
  return line.replaceAll(` ${home}/`, " ~/");
}

const MOST_REFUSALS = 5;

function takeLast(lines: readonly string[]): string[] {
  return lines.slice(-MOST_REFUSALS);
}

function listFacts(status: Status, { log, timeZone }: Surroundings): string[][] {
  const { sandbox, processes } = status;
  const { chain } = sandbox;
  const clock = makeClock({ ...(timeZone !== undefined && { timeZone }) });
  const bytes = processes.reduce((sum, each) => sum + each.bytes, 0);
  const rows: [string, string][] = [
    ["profile", sandbox.profile],
    ["command", describeCommand(sandbox)],
    ["project", sandbox.project],
    ["directory", chain?.workingDirectory ?? ""],
    ["since", clock(sandbox.since.toISOString())],
    ...listNetworkFacts(status, log),
    ["limits", chain?.limits.join(" ") ?? ""],
    ["memory", `${Math.ceil(bytes / 1024 / 1024)} MiB resident`],
  ];
  return rows
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [name, escapeUntrusted(value)]);
}

function listNetworkFacts({ sandbox, network }: Status, log: string): [string, string][] {
  const { gate } = sandbox;
  const mode: [string, string] = ["network", describeNetwork(sandbox, network)];
  if (!gate) return [mode];
  return [
    mode,
    ["allowed", [...gate.allow, ...gate.found].join(" ")],
    ["denied", gate.deny.join(" ")],
    ["reached", network.reached.join(" ")],
    ["refused", network.denied.join(" ")],
    ["doors", listDoors(gate).join(" ")],
    ["log", log],
  ];
}

function listDoors({ listeners }: NetworkGate): string[] {
  return listeners.map((listener) => {
    const { door, address, port } = listener;
    const place = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
    if (door === "forward") return `${place}>${listener.hostPort}`;
    return door === "named" ? `${listener.host}=${place}` : `${door}=${place}`;
  });
}

function listMounts({ chain }: Sandbox, { cache }: Surroundings): string[][] {
  if (!chain) return [];
  return groupMounts(chain, cache).map(({ title, places }) => [
    title,
    ...places.map(escapeUntrusted),
  ]);
}

const MOST_LINE = 160;

function describeProcesses(processes: readonly ProcessUse[]): string[] {
  const rows = processes.map(({ pid, state, bytes, command }) => [
    String(pid),
    state,
    `${Math.ceil(bytes / 1024 / 1024)} MiB`,
    cut(command.map(quoteOnOneLine).join(" "), MOST_LINE),
  ]);
  return align(rows).trimEnd().split("\n");
}
