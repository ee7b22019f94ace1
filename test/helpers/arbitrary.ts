import * as fc from "fast-check";

/** One of the characters (code points) of a text. */
export function anyOf(characters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...Array.from(characters));
}

/** Texts made of these characters only. */
export function textOf(characters: string, maxLength = 40): fc.Arbitrary<string> {
  return fc.string({ unit: anyOf(characters), maxLength });
}
