/** What the reference page, the JSON schema and the Nix options say of a key; see scripts/generate-docs.ts. */
type About = { description: string; "x-flags": string[] };

/** @param flags names of the options of `pale run` that say the same */
export function about(description: string, ...flags: string[]): About {
  return { description, "x-flags": flags };
}
