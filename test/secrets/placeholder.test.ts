import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import test, { describe } from "node:test";
import * as fc from "fast-check";
import { countHidden, makePlaceholder } from "../../src/secrets/placeholder.ts";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const JWT = `${encode({ alg: "RS256" })}.${encode({ sub: "ada" })}.Sig_nature-123`;

describe("a placeholder", () => {
  for (const [value, expected] of [
    ["sk-ant-api03-Ab1_x-Z9", /^sk-ant-api03-[A-Z][a-z]\d_[a-z]-[A-Z]\d$/u],
    ["sk-ant-oat01-Ab1", /^sk-ant-oat01-[A-Z][a-z]\d$/u],
    ["sk-proj-aB3", /^sk-proj-[a-z][A-Z]\d$/u],
    ["ghp_aB3d", /^ghp_[a-z][A-Z]\d[a-z]$/u],
    ["github_pat_11A_b", /^github_pat_\d\d[A-Z]_[a-z]$/u],
    ["npm_aB3", /^npm_[a-z][A-Z]\d$/u],
    ["plain/Value+1==", /^[a-z]{5}\/[A-Z][a-z]{4}\+\d==$/u],
  ] as const) {
    test(`of ${value} looks like one`, () => {
      assert.match(makePlaceholder(value, randomInt), expected);
    });
  }

  test("of a JWT can be read, and has another signature", () => {
    const placeholder = makePlaceholder(JWT, randomInt);
    const [head, payload, signature = ""] = placeholder.split(".");
    assert.equal(`${head}.${payload}.`, JWT.slice(0, JWT.lastIndexOf(".") + 1));
    assert.match(signature, /^[A-Z][a-z]{2}_[a-z]{6}-\d{3}$/u);
    assert.notEqual(placeholder, JWT);
  });

  test("has the length of the value and its kinds of characters, and none of its chance", () => {
    const text = fc.string({
      unit: fc.constantFrom(..."abcXYZ019-_./+=~".split("")),
      minLength: 1,
    });
    fc.assert(
      fc.property(text, (value) => {
        const placeholder = makePlaceholder(value, (below) => below - 1);
        const kinds = (each: string) =>
          each.replaceAll(/[a-z]/gu, "a").replaceAll(/[A-Z]/gu, "A").replaceAll(/\d/gu, "0");
        assert.equal(kinds(placeholder), kinds(value));
      }),
    );
  });

  test("leaves so many characters to be guessed", () => {
    assert.equal(countHidden("sk-ant-api03-abc-DEF"), 6);
    assert.equal(countHidden(JWT), "Signature123".length);
    assert.equal(countHidden("----"), 0);
  });
});
