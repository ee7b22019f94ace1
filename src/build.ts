declare const PALE_BUILD: string | undefined;

/** A name that no other build has; run from its sources, no other process. */
export function nameBuild(): string {
  return typeof PALE_BUILD === "string" ? PALE_BUILD : `source-${process.pid}`;
}
