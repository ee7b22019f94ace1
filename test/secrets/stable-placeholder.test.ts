import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { Secret } from "../../src/secrets/secret.ts";
import { choosePlaceholder } from "../../src/secrets/stable-placeholder.ts";

const VALUE = "sk-ant-api03-Zq4Rk7Wm2Xb9Tn5Yc8Vd1Hf6Jg3Ls0Pa";

function choose(value: string, { name = "key", key = "known to nobody" } = {}): string {
  return choosePlaceholder(new Secret(name, value), key);
}

describe("the placeholder of a secret", () => {
  test("is the same at every launch, in the shape of the value", () => {
    assert.equal(choose(VALUE), choose(VALUE));
    assert.match(choose(VALUE), /^sk-ant-api03-(?:[A-Z][a-z]\d){5}/u);
  });

  test("is another one for another value, name or user", () => {
    const all = [
      choose(VALUE),
      choose(VALUE.replace("Pa", "Pb")),
      choose(VALUE, { name: "other" }),
      choose(VALUE, { key: "of another user" }),
    ];
    assert.equal(new Set(all).size, 4);
  });

  test("is never the value", () => {
    for (let number = 0; number < 10; number += 1) {
      const value = String(number);
      for (const key of ["a", "b", "c", "d"]) assert.notEqual(choose(value, { key }), value);
    }
  });
});
