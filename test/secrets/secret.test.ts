import assert from "node:assert/strict";
import { inspect } from "node:util";
import test from "node:test";
import { Secret } from "../../src/secrets/secret.ts";

test("a secret is its name wherever it is printed, and its value where it is asked for", () => {
  const secret = new Secret("key", "hidden-value");
  const error = new Error(`with ${String(secret)}`, { cause: secret });
  const printed = [
    String(secret),
    JSON.stringify({ secret, list: [secret] }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    inspect(error, { showHidden: true }),
    Object.values(secret).join(" "),
    JSON.stringify(structuredClone(secret)),
  ].join("\n");
  assert.equal(printed.includes("hidden-value"), false);
  assert.match(printed, /\[secret key\]/u);
  assert.equal(secret.reveal(), "hidden-value");
});
