import type { DecisionEntry, EventEntry, LogEvent } from "../../src/log/entry.ts";

/** What the entries of the tests have in common; a time in Berlin is an hour later. */
export const TIME = "2025-11-21T10:50:03.123Z";

export const WHO = {
  sandbox: "4711-k3f9",
  profile: "claude",
  project: "/home/ada/project",
};

export function decisionOf(changes: Partial<DecisionEntry> = {}): DecisionEntry {
  return {
    time: TIME,
    ...WHO,
    door: "proxy",
    host: "api.example.com",
    port: 443,
    verdict: "allow",
    ...changes,
  };
}

export function denialOf(changes: Partial<DecisionEntry> = {}): DecisionEntry {
  return decisionOf({ verdict: "deny", reason: "not-listed", host: "evil.test", ...changes });
}

export function eventOf(event: LogEvent, changes: Partial<EventEntry> = {}): EventEntry {
  return { time: TIME, ...WHO, ...event, ...changes } as EventEntry;
}

export const BERLIN = { colour: false, timeZone: "Europe/Berlin" };
