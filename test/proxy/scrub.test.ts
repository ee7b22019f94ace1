import assert from "node:assert/strict";
import test, { describe } from "node:test";
import * as fc from "fast-check";
import { listReplacements, Scrubber } from "../../src/proxy/scrub.ts";

const VALUE = 'sk-ant-"real"/1';
const PLACEHOLDER = 'sk-pal-"fake"/2';
const REPLACEMENTS = listReplacements(VALUE, PLACEHOLDER, ["me"]);

function scrub(chunks: readonly Uint8Array[]): string {
  const scrubber = new Scrubber(REPLACEMENTS);
  const pieces = chunks.map((chunk) => scrubber.feed(chunk));
  return Buffer.concat([...pieces, scrubber.end()]).toString();
}

function cutAt(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  const sorted = cuts.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => Buffer.from(bytes.subarray(sorted[index], end)));
}

describe("what a server says back", () => {
  const base64 = (value: string) => Buffer.from(`me:${value}`).toString("base64");
  for (const [form, secret, expected] of [
    ["as it is", VALUE, PLACEHOLDER],
    ["in JSON", JSON.stringify(VALUE), JSON.stringify(PLACEHOLDER)],
    ["in a URL", encodeURIComponent(VALUE), encodeURIComponent(PLACEHOLDER)],
    ["in Base64 after a user", base64(VALUE), base64(PLACEHOLDER)],
  ] as const) {
    test(`${form}, cut in two anywhere, is the placeholder`, () => {
      const text = `before ${secret}${secret} after`;
      for (let place = 0; place <= Buffer.byteLength(text); place += 1) {
        assert.equal(scrub(cutAt(text, [place])), `before ${expected}${expected} after`);
      }
    });
  }

  test("without a secret is as it was, and nothing is held back that cannot be one", () => {
    const scrubber = new Scrubber(REPLACEMENTS);
    assert.equal(scrubber.feed(Buffer.from("data: sk-ant-\n\n")).toString(), "data: sk-ant-\n\n");
    assert.equal(scrubber.feed(Buffer.from("x sk-an")).toString(), "x ");
    assert.equal(scrubber.feed(Buffer.from("s")).toString(), "sk-an");
    assert.equal(scrubber.end().toString(), "s");
  });

  test("holds no secret, whatever is around it and wherever it is cut", () => {
    const part = fc.constantFrom(
      VALUE,
      "s",
      "sk-ant-",
      VALUE.slice(0, 9),
      VALUE.slice(3),
      "x",
      PLACEHOLDER,
    );
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat()), (parts, places) => {
        const text = parts.join("");
        const clean = scrub(cutAt(text, places));
        assert.equal(clean.includes(VALUE), false);
        assert.equal(clean, text.replaceAll(VALUE, PLACEHOLDER));
      }),
      { numRuns: 3000 },
    );
  });
});
