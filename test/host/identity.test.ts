import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { readIdentity } from "../../src/host/identity.ts";

function ask(flag: string): string {
  return execFileSync("id", [flag], { encoding: "utf8" }).trim();
}

/** A number that no user and no group of any machine has. */
const NOBODY = 3_999_999_999;

describe("readIdentity", () => {
  test("believes the password database, not the environment", () => {
    const uid = process.getuid?.() ?? 0;
    const gid = process.getgid?.() ?? 0;
    const environment = { USER: "mallory", LOGNAME: "mallory", HOME: "/nowhere" };
    const { home, ...names } = readIdentity({ uid, gid }, environment);
    assert.deepEqual(names, { uid, gid, user: ask("-un"), group: ask("-gn") });
    assert.match(home ?? "", /^\//u);
    assert.notEqual(home, "/nowhere");
  });

  test("knows users by number, also root", () => {
    assert.deepEqual(readIdentity({ uid: 0, gid: 0 }, {}), {
      uid: 0,
      gid: 0,
      user: "root",
      group: "root",
      home: "/root",
    });
  });

  test("makes do with the environment, then with the number, for one that nobody knows", () => {
    const ids = { uid: NOBODY, gid: NOBODY };
    const named = readIdentity(ids, { USER: "ada" });
    assert.deepEqual(named, { ...ids, user: "ada", group: "ada", home: undefined });
    const user = String(NOBODY);
    assert.deepEqual(readIdentity(ids, {}), { ...ids, user, group: user, home: undefined });
  });
});
