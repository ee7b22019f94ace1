import type { Finding } from "../doctor/finding.ts";
import { judgeKernel } from "../doctor/judge-kernel.ts";
import { judgeSettings } from "../doctor/judge-settings.ts";
import { judgeShims } from "../doctor/judge-shims.ts";
import { renderFindings } from "../doctor/render.ts";
import { readDoctorFacts } from "./doctor-facts.ts";
import { readScreen } from "./invocation.ts";
import type { Invocation } from "./invocation.ts";
import { renderJson } from "./json-text.ts";

/**
 * `pale doctor`: what of this machine, its shells and the configuration keeps pale from working,
 * each with what mends it. Changes nothing.
 *
 * @returns whether nothing has failed
 */
export async function examineMachine(
  invocation: Invocation,
  { json = false }: { json?: boolean },
): Promise<boolean> {
  const facts = await readDoctorFacts(invocation);
  const findings: Finding[] = [
    ...judgeKernel(facts),
    ...judgeSettings(facts),
    ...judgeShims(facts),
  ];
  invocation.print(json ? renderJson(findings) : renderFindings(findings, readScreen(invocation)));
  return findings.every(({ verdict }) => verdict !== "fail");
}
