import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import test, { describe } from "node:test";
import { loadAuthority, locateAuthority } from "../../src/certificates/authority.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const DAY = 86_400_000;

describe("the user's own authority", () => {
  test("is made once, for its owner alone, and kept", () => {
    using folder = new Folder();
    const made = loadAuthority(folder.at("state"), Date.now());
    assert.equal(statSync(locateAuthority(folder.at("state"))).mode & 0o777, 0o600);
    assert.deepEqual(loadAuthority(folder.at("state"), Date.now()), made);
  });

  test("is made anew before it ends", () => {
    using folder = new Folder();
    const made = loadAuthority(folder.path, Date.now());
    assert.deepEqual(loadAuthority(folder.path, Date.now() + 3000 * DAY), made);
    assert.notEqual(loadAuthority(folder.path, Date.now() + 3600 * DAY).key, made.key);
  });

  test("is not believed any more when others could have read it", () => {
    using folder = new Folder();
    loadAuthority(folder.path, Date.now());
    chmodSync(locateAuthority(folder.path), 0o640);
    const [error] = catchUserErrors(() => loadAuthority(folder.path, Date.now()));
    assert.match(error?.message ?? "", /could be read by others/u);
  });

  test("that is broken is said to be, and what is in it is not", () => {
    using folder = new Folder();
    loadAuthority(folder.path, Date.now());
    const file = locateAuthority(folder.path);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.slice(0, text.length / 2));
    const [error] = catchUserErrors(() => loadAuthority(folder.path, Date.now()));
    assert.match(error?.message ?? "", /cannot be read/u);
    assert.match(error?.hint ?? "", /rm /u);
  });
});
