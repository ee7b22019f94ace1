import { shortenHome } from "../config/show-policy.ts";
import { escapeUntrusted } from "../terminal.ts";

/** What `pale why` has found out about one thing. */
export type Answer = {
  kind: "path" | "host" | "variable";
  /** As it was understood: an absolute path, `host:port`, a name. */
  subject: string;
  /** One or two words: `read-only`, `denied`, `passed`. */
  state: string;
  /** What decides. */
  reason: string;
  /** The line, the flag, or the part of pale that says so. */
  origin: string | undefined;
  /** What would change it, each as `what it does: what to type or write`. */
  change: string[];
};

/** The answer in a few lines, the origin behind its reason. */
export function describeAnswer(answer: Answer, home: string): string {
  const { kind, subject, state, reason, change } = answer;
  const origin = answer.origin && shortenHome(answer.origin, home);
  const lines = [
    `${kind} ${subject}: ${state}`,
    `  ${reason}${origin === undefined ? "" : `  # ${origin}`}`,
    ...change.map((line) => `  ${line}`),
  ];
  return lines.map((line) => `${escapeUntrusted(line)}\n`).join("");
}

/** The table that a line for one profile belongs in, as words. */
export function nameScope(profile: string): string {
  return profile === "default" ? "at the top of config.toml" : `in [profile.${profile}]`;
}
