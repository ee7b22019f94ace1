import { escapeUntrusted, paint, wrapLine } from "../terminal.ts";
import type { Finding, Verdict } from "./finding.ts";

/** Where it is printed: `columns` is `undefined` for what is no terminal. */
export type Screen = { columns: number | undefined; colour: boolean };

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** One line for each check, the remedy below it, ready to be pasted, and how many there are. */
export function renderFindings(all: readonly Finding[], screen: Screen): string {
  const findings = joinShells(all);
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, detail, remedy }) => [
    renderLine(
      { verdict, text: `${check.padEnd(width)}  ${escapeUntrusted(detail)}` },
      screen,
      width,
    ),
    ...(remedy === undefined ? [] : renderRemedy(remedy)),
  ]);
  return `${[...lines, summarise(findings)].join("\n")}\n`;
}

/** Ways of starting a shell of which the same is said take one line. */
function joinShells(findings: readonly Finding[]): Finding[] {
  const joined = findings.map((each) => {
    const shell = nameShell(each);
    if (shell === undefined) return each;
    const own = findings.filter((other) => nameShell(other) === shell);
    if (areSame(own)) return { ...each, check: `${shell} (every way)` };
    const isShared = isTyped(each) && areSame(own.filter(isTyped));
    return isShared ? { ...each, check: `${shell} (terminals)` } : each;
  });
  return joined.filter(({ check }, index) => check !== joined[index - 1]?.check);
}

function areSame(findings: readonly Finding[]): boolean {
  return findings.length > 1 && new Set(findings.map(say)).size === 1;
}

/** Neither for a script nor for an editor. */
function isTyped({ check }: Finding): boolean {
  return !/\((?:plain|minimal)\)$/u.test(check);
}

function nameShell({ check }: Finding): string | undefined {
  return /^(\w+) \(.*\)$/u.exec(check)?.[1];
}

function say({ verdict, detail, remedy }: Finding): string {
  return [verdict, detail, remedy].join("\n");
}

/** The detail goes on below itself. */
function renderLine(
  { verdict, text }: { verdict: Verdict; text: string },
  { columns, colour }: Screen,
  width: number,
): string {
  const head = verdict.padEnd(4);
  const wrapped = wrapLine(`${head} ${text}`, columns, head.length + width + 3);
  return colour ? paint(head, COLOURS[verdict]) + wrapped.slice(head.length) : wrapped;
}

/** Never broken: it is to be pasted. A text of several lines stands at the margin. */
function renderRemedy(remedy: string): string[] {
  const lines = remedy.split("\n").map(escapeUntrusted);
  return lines.length > 1 ? lines : lines.map((line) => `     ${line}`);
}

function summarise(findings: readonly Finding[]): string {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  return `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} to mend`;
}
