import { escapeUntrusted } from "../terminal.ts";
import type { Finding } from "./finding.ts";

/** One line for each check, and the remedy below it, ready to be pasted. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, detail, remedy }) => [
    `${verdict.padEnd(4)} ${check.padEnd(width)}  ${escapeUntrusted(detail)}`,
    ...(remedy === undefined ? [] : renderRemedy(remedy)),
  ]);
  return `${lines.join("\n")}\n`;
}

/** A text of several lines stands at the margin: the end of a here-document must. */
function renderRemedy(remedy: string): string[] {
  const lines = remedy.split("\n").map(escapeUntrusted);
  return lines.length > 1 ? lines : lines.map((line) => `     ${line}`);
}
