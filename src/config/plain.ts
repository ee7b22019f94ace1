import type { KeyPath } from "./positions.ts";

/**
 * What the schema library would let pass in a document: a date, which is an object and
 * so counts as an empty table, and the name `__proto__`, which it skips where any name
 * is allowed.
 */

/** The same document with every date as `null`: no key takes one. */
export function removeDates(value: unknown): unknown {
  if (value instanceof Date) return null;
  if (Array.isArray(value)) return value.map(removeDates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, removeDates(inner)]));
}

/** The places in a document where `__proto__` is a key. */
export function findForbiddenNames(value: unknown): KeyPath[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): KeyPath[] => {
    const below = findForbiddenNames(inner).map((path) => [key, ...path]);
    return key === "__proto__" ? [[key], ...below] : below;
  });
}
