import { escapeUntrusted, paint, wrapLine } from "../terminal.ts";
import type { Result } from "./judge.ts";

const COLOURS = { ok: "green", skipped: "yellow", fail: "red" } as const;
const VERDICT = 8;

/**
 * A table, one attempt a line; for each that worked, the promise that it broke.
 *
 * @param screen `columns` is `undefined` for what is no terminal
 */
export function renderResults(
  results: readonly Result[],
  { columns, colour }: { columns: number | undefined; colour: boolean },
): string {
  const width = Math.max(...results.map(({ title }) => title.length));
  const lines = results.flatMap(({ verdict, title, detail, promise }) => {
    const head = verdict.padEnd(VERDICT);
    const line = `${head} ${title.padEnd(width)}  ${escapeUntrusted(detail)}`;
    const wrapped = wrapLine(line, columns, VERDICT + width + 3);
    return [
      colour ? paint(head, COLOURS[verdict]) + wrapped.slice(VERDICT) : wrapped,
      ...(verdict === "fail" ? [`${" ".repeat(VERDICT)} broken: ${promise}`] : []),
    ];
  });
  return `${[...lines, summarise(results)].join("\n")}\n`;
}

function summarise(results: readonly Result[]): string {
  const count = (wanted: Result["verdict"]) =>
    results.filter(({ verdict }) => verdict === wanted).length;
  return `${count("ok")} refused, ${count("fail")} not refused, ${count("skipped")} skipped`;
}
