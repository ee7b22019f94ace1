import type { DoctorFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { fail, ok } from "./finding.ts";

/** pale's own configuration and log, and the way to the internet. */
export function judgeSettings(facts: DoctorFacts): Finding[] {
  return [judgeConfiguration(facts), judgeLog(facts), judgeUpstream(facts)];
}

function judgeConfiguration({ configuration }: DoctorFacts): Finding {
  if (configuration === "right") return ok("configuration", "all right");
  return fail("configuration", configuration.problem, "pale check");
}

function judgeLog({ log }: DoctorFacts): Finding {
  if (log === "writable") return ok("log", "can be written");
  return fail("log", log.problem, log.hint);
}

function judgeUpstream({ upstream: { proxies, problems } }: DoctorFacts): Finding {
  if (problems.length > 0) {
    const remedy = "set it to http://HOST:PORT, or unset it";
    return fail("upstream proxy", problems.join("; "), remedy);
  }
  return ok("upstream proxy", proxies.length > 0 ? `by way of ${proxies.join(", ")}` : "none");
}
