import { createHmac } from "node:crypto";
import { makePlaceholder } from "./placeholder.ts";
import type { Secret } from "./secret.ts";

/**
 * The placeholder of a secret: the same at every launch as long as the value is, because agents
 * remember the keys that their user has approved of.
 *
 * @param key known to nobody inside, who could else try values until one has this placeholder
 */
export function choosePlaceholder(secret: Secret, key: string): string {
  const value = secret.reveal();
  for (let attempt = 0; ; attempt += 1) {
    const placeholder = makePlaceholder(value, pickBy(key, `${attempt}/${secret.name}/${value}`));
    if (placeholder !== value) return placeholder;
  }
}

/** Numbers that follow from `seed`, and that nobody foretells without the key. */
function pickBy(key: string, seed: string): (below: number) => number {
  let count = 0;
  return (below) => {
    const text = `placeholder/${count}/${seed}`;
    count += 1;
    // So many bits that no number below is more likely than another one.
    return createHmac("sha256", key).update(text).digest().readUIntBE(0, 6) % below;
  };
}
