export type Verdict = "ok" | "warn" | "fail";

export type Finding = {
  check: string;
  verdict: Verdict;
  detail: string;
  /** The command that mends it, or a text of several lines to be put somewhere. */
  remedy?: string;
};

export function ok(check: string, detail: string): Finding {
  return { check, verdict: "ok", detail };
}

export function warn(check: string, detail: string, remedy?: string): Finding {
  return { check, verdict: "warn", detail, ...(remedy !== undefined && { remedy }) };
}

export function fail(check: string, detail: string, remedy?: string): Finding {
  return { check, verdict: "fail", detail, ...(remedy !== undefined && { remedy }) };
}
