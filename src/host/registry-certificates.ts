import { resolve } from "node:path";
import type { RegistryFact, RegistryQuestion, Setting } from "./registry-fact.ts";
import { readToolFile } from "./registry-file.ts";

/**
 * Have the tools inside see the certificate authorities that a registry's certificate is checked
 * with. `name` is the variable for them. Only what holds nothing but certificates is shown.
 */
export function addCertificates(
  fact: RegistryFact,
  question: RegistryQuestion,
  { name, value, origin }: Setting,
): void {
  const written = value.replace(/^~(?=\/)/u, question.home);
  const path = resolve(question.search.workingDirectory, written);
  const text = readToolFile(path, question, fact) ?? "";
  if (!isOnlyCertificates(text)) {
    fact.withheld.push({ kind: "unusable", origin });
    return;
  }
  fact.files.push(path);
  fact.environment.push({ name, value: path });
}

function isOnlyCertificates(text: string): boolean {
  const labels = [...text.matchAll(/-----BEGIN ([^-\n]*)-----/gu)].map(([, label]) => label);
  return (
    labels.length > 0 && labels.every((label) => /^(?:TRUSTED )?CERTIFICATE$/u.test(`${label}`))
  );
}
