import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import test, { describe } from "node:test";
import { readSecretsFile } from "../../src/config/secrets-file.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const WRITTEN = "very-secret-value";

function failure(text: string, mode = 0o600) {
  using folder = new Folder();
  const file = folder.write("secrets.toml", text, mode);
  chmodSync(file, mode);
  const [error] = catchUserErrors(() => readSecretsFile(file));
  assert.ok(error, text);
  const said = [error.message, error.origin, error.hint].join("\n");
  assert.equal(said.includes(WRITTEN), false, said);
  return said.replaceAll(folder.path, "");
}

describe("the file of secrets", () => {
  test("says where each comes from, and at which line", () => {
    using folder = new Folder();
    const text = `[a]
value = "${WRITTEN}"
[b]
env = "B_KEY"
[c]
file = "~/.c"
[d]
command = ["pass", "show", "d"]
[e]
credential = "e.cred"
`;
    const file = folder.write("secrets.toml", text, 0o600);
    const sources = readSecretsFile(file);
    assert.equal(JSON.stringify(sources).includes(WRITTEN), false);
    assert.deepEqual(
      sources.map(({ name, origin, kind }) => [name, origin.slice(file.length), kind]),
      [
        ["a", ":1", "value"],
        ["b", ":3", "variable"],
        ["c", ":5", "file"],
        ["d", ":7", "command"],
        ["e", ":9", "credential"],
      ],
    );
    const [first] = sources;
    assert.equal(first?.kind === "value" && first.value.reveal(), WRITTEN);
  });

  for (const mode of [0o644, 0o640, 0o604, 0o620]) {
    test(`with mode ${mode.toString(8)} is refused`, () => {
      const said = failure(`[a]\nvalue = "${WRITTEN}"\n`, mode);
      assert.match(said, /could be read by others[^]*chmod 600/u);
    });
  }

  for (const [text, expected] of [
    [`[a]\nvalue = "${WRITTEN}`, /not valid TOML/u],
    [`a = "${WRITTEN}"`, /`a`: /u],
    [`[a]\nvalue = "${WRITTEN}"\nenv = "X"`, /`a`: must say one of/u],
    ["[a]", /`a`: must say one of/u],
    [`[a]\nvalu = "${WRITTEN}"`, /`a`: /u],
    [`["a b"]\nvalue = "${WRITTEN}"`, /`a b`: /u],
    [`[a]\nvalue = "x"\n[b]\nfile = "relative/${WRITTEN}"`, /`b`: must be absolute/u],
  ] as const) {
    test(`that says ${JSON.stringify(text.slice(0, 20))} is refused without a word of it`, () => {
      assert.match(failure(text), expected);
    });
  }

  test("that is not there is not the same as an empty one", () => {
    const [error] = catchUserErrors(() => readSecretsFile("/nowhere/secrets.toml"));
    assert.match(error?.message ?? "", /there is no file with secrets/u);
    assert.match(error?.hint ?? "", /install -m 600/u);
  });
});
