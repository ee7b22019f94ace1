import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashText } from "../hash.ts";

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
export async function readTrust(state: string, project: string, text: string): Promise<Trust> {
  const record = readRecord(await nameRecord(state, project));
  if (record === undefined || record.project !== project) return { kind: "unknown" };
  if (record.sha256 !== (await hashText(text))) return { kind: "changed", record };
  return { kind: record.decision, record };
}

/** One decision for each project: the last one counts. */
export async function writeTrust(
  state: string,
  decided: Pick<TrustRecord, "project" | "decision" | "text">,
): Promise<TrustRecord> {
  const file = await nameRecord(state, decided.project);
  const record = { ...decided, sha256: await hashText(decided.text) };
  mkdirSync(trustDirectory(state), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
  renameSync(temporary, file);
  return record;
}

/** @returns whether there was something to take back */
export async function removeTrust(state: string, project: string): Promise<boolean> {
  const file = await nameRecord(state, project);
  if (readRecord(file) === undefined) return false;
  rmSync(file);
  return true;
}

/** All of them, by the path of the project. */
export function listTrust(state: string): TrustRecord[] {
  const directory = trustDirectory(state);
  const records = listNames(directory).flatMap((name) => readRecord(join(directory, name)) ?? []);
  return records.sort((a, b) => (a.project < b.project ? -1 : 1));
}

function listNames(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

function trustDirectory(state: string): string {
  return join(state, "trust");
}

async function nameRecord(state: string, project: string): Promise<string> {
  return join(trustDirectory(state), `${(await hashText(project)).slice(0, 32)}.json`);
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
