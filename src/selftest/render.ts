import { escapeUntrusted } from "../terminal.ts";
import type { Result } from "./judge.ts";

/** A table, one attempt a line; for each that worked, the promise that it broke. */
export function renderResults(results: readonly Result[]): string {
  const width = Math.max(...results.map(({ title }) => title.length));
  const lines = results.flatMap(({ verdict, title, detail, promise }) => [
    `${verdict.padEnd(8)} ${title.padEnd(width)}  ${escapeUntrusted(detail)}`,
    ...(verdict === "fail" ? [`         broken: ${promise}`] : []),
  ]);
  return `${[...lines, summarise(results)].join("\n")}\n`;
}

function summarise(results: readonly Result[]): string {
  const count = (wanted: Result["verdict"]) =>
    results.filter(({ verdict }) => verdict === wanted).length;
  return `${count("ok")} refused, ${count("fail")} not refused, ${count("skipped")} skipped`;
}
