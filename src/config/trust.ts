import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashText } from "../hash.ts";
import { readNames } from "../host/status.ts";

/** What the user has said about a project's file, with that very content and in that place. */
export type TrustRecord = {
  /** Real path of the project's root. */
  project: string;
  decision: "trusted" | "ignored";
  /** SHA-256 of the content, hexadecimal. */
  sha256: string;
  /** The content, to show what has changed since. */
  text: string;
};

export type Trust =
  | { kind: "unknown" }
  /** Another content was decided on. */
  | { kind: "changed"; record: TrustRecord }
  | { kind: TrustRecord["decision"]; record: TrustRecord };

/** @param state pale's state directory, which no sandbox reaches */
export function readTrust(state: string, project: string, text: string): Trust {
  const record = readRecord(nameRecord(state, project));
  if (record === undefined || record.project !== project) return { kind: "unknown" };
  if (record.sha256 !== hashText(text)) return { kind: "changed", record };
  return { kind: record.decision, record };
}

/** One decision for each project: the last one counts. */
export function writeTrust(
  state: string,
  decided: Pick<TrustRecord, "project" | "decision" | "text">,
): TrustRecord {
  const file = nameRecord(state, decided.project);
  const record = { ...decided, sha256: hashText(decided.text) };
  mkdirSync(trustDirectory(state), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
  renameSync(temporary, file);
  return record;
}

/** @returns whether there was something to take back */
export function removeTrust(state: string, project: string): boolean {
  const file = nameRecord(state, project);
  if (readRecord(file) === undefined) return false;
  rmSync(file);
  return true;
}

/** All of them, by the path of the project. */
export function listTrust(state: string): TrustRecord[] {
  const directory = trustDirectory(state);
  const names = readNames(directory).filter((name) => name.endsWith(".json"));
  const records = names.flatMap((name) => readRecord(join(directory, name)) ?? []);
  return records.sort((a, b) => (a.project < b.project ? -1 : 1));
}

function trustDirectory(state: string): string {
  return join(state, "trust");
}

function nameRecord(state: string, project: string): string {
  return join(trustDirectory(state), `${hashText(project).slice(0, 32)}.json`);
}

/** A record that cannot be read decides nothing. */
function readRecord(file: string): TrustRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file, "utf8")) as Partial<TrustRecord> | null;
    const { project, decision, sha256, text } = record ?? {};
    const isDecision = decision === "trusted" || decision === "ignored";
    if (!isDecision || project === undefined || sha256 === undefined) return undefined;
    return { project, decision, sha256, text: text ?? "" };
  } catch {
    return undefined;
  }
}
