import * as z from "zod";
import { DOORS } from "../proxy/context.ts";
import { describeReason, type Reason, type ReasonEntry } from "../proxy/reasons.ts";
import type { LogEntry } from "./entry.ts";

/**
 * Reads one line of the log. Total: what is not a line of ours gives `undefined`. Whatever is in
 * its strings may have come from a sandbox.
 */
export function parseEntry(line: string): LogEntry | undefined {
  const parsed = ENTRY.safeParse(parseJson(line));
  return parsed.success ? parsed.data : undefined;
}

const who = {
  time: z.iso.datetime(),
  sandbox: z.string(),
  profile: z.string(),
  project: z.string(),
  learn: z.exactOptional(z.literal(true)),
};

const decision = z.object({
  ...who,
  door: z.enum(DOORS),
  host: z.string(),
  port: z.int().min(0).max(65_535).optional(),
  verdict: z.enum(["allow", "deny", "failed"]),
  reason: z.exactOptional(z.custom<Reason>(isReason)),
  rule: z.exactOptional(z.string()),
  address: z.exactOptional(z.string()),
});

const published = { ...who, sandboxPort: z.int(), hostPort: z.int() };

const signature = { ...who, key: z.string(), comment: z.string(), purpose: z.string() };

const event = z.discriminatedUnion("event", [
  z.object({ ...who, event: z.literal("started") }),
  z.object({ ...who, event: z.literal("ended") }),
  z.object({ ...who, event: z.literal("suppressed"), count: z.int().min(0) }),
  z.object({ ...who, event: z.literal("fault"), message: z.string() }),
  z.object({ ...who, event: z.literal("reload"), problem: z.exactOptional(z.string()) }),
  z.object({
    ...who,
    event: z.literal("clipboard"),
    type: z.string(),
    bytes: z.int().min(0),
  }),
  z.object({
    ...who,
    event: z.literal("clipboard-refused"),
    type: z.string(),
    reason: z.string(),
  }),
  z.object({ ...signature, event: z.literal("signature") }),
  z.object({ ...signature, event: z.literal("signature-refused"), reason: z.string() }),
  z.object({ ...published, event: z.literal("published") }),
  z.object({ ...published, event: z.literal("withdrawn") }),
  z.object({ ...published, event: z.literal("port-taken"), code: z.string() }),
  z.object({ ...published, event: z.literal("refused"), reason: z.string() }),
  z.object({
    ...who,
    event: z.literal("request"),
    host: z.string(),
    method: z.string(),
    path: z.string(),
    verdict: z.enum(["allow", "deny", "failed"]),
    reason: z.exactOptional(z.custom<Reason>(isReason)),
    status: z.exactOptional(z.int()),
    sent: z.int().min(0),
    received: z.int().min(0),
    credential: z.exactOptional(z.string()),
  }),
]);

const ENTRY: z.ZodType<LogEntry> = z.union([
  decision.transform((entry) => ({ ...entry, port: entry.port })),
  event,
]);

function isReason(value: unknown): value is Reason {
  const entry: Partial<ReasonEntry> | undefined = describeReason(value as Reason);
  return typeof value === "string" && typeof entry?.text === "string";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
