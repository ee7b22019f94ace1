import manifest from "../../package.json" with { type: "json" };

declare const PALE_BUILD: string | undefined;

/** Version and build, as `pale --version` prints them. */
export function describeVersion(): string {
  const build = typeof PALE_BUILD === "string" ? PALE_BUILD : "source";
  return `pale ${manifest.version} (${build})`;
}
