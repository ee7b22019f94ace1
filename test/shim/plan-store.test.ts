import assert from "node:assert/strict";
import { readdirSync, utimesSync } from "node:fs";
import { describe, test } from "node:test";
import { removeOldPlans } from "../../src/shim/plan-store.ts";
import { Folder } from "../helpers/folder.ts";

const HOUR = 3600;

/** A directory with plans: the shim and a letter for the hash, and how old each is in seconds. */
function makePlans(plans: Record<string, number>): Folder {
  const folder = new Folder();
  for (const [name, age] of Object.entries(plans)) {
    const time = Date.now() / 1000 - age;
    utimesSync(folder.write(nameFile(name)), time, time);
  }
  return folder;
}

function nameFile(name: string): string {
  return name.replace(/-([a-f])$/u, (_, letter: string) => `-${letter.repeat(16)}.json`);
}

function list(folder: Folder): string[] {
  return readdirSync(folder.path).map((name) => name.replace(/-([a-f])\1{15}\.json$/u, "-$1"));
}

describe("removeOldPlans", () => {
  const PLANS = {
    "npm-a": 4 * HOUR,
    "npm-b": 2 * HOUR,
    "npm-c": 3 * HOUR,
    "npm-run-a": 9 * HOUR,
    "npm-run-b": 8 * HOUR,
    "npm-run-c": 7 * HOUR,
  };
  const current = new Map([["npm", nameFile("npm-a")]]);

  test("keeps the one in force and the one before, of one shim, and leaves the others alone", () => {
    using folder = makePlans(PLANS);
    folder.write("mine");
    removeOldPlans(folder.path, current, ["npm"]);
    const left = ["mine", "npm-a", "npm-b", "npm-run-a", "npm-run-b", "npm-run-c"];
    assert.deepEqual(list(folder).sort(), left);
  });

  test("keeps what is young: a launch may have read its name", () => {
    using folder = makePlans({ ...PLANS, "npm-d": 20, "npm-e": 5, "npm-f": 600 });
    removeOldPlans(folder.path, current, ["npm"]);
    const left = list(folder).filter((name) => /^npm-.$/u.test(name));
    assert.deepEqual(left.sort(), ["npm-a", "npm-d", "npm-e"]);
  });

  test("removes those of shims that are not there any more", () => {
    using folder = makePlans(PLANS);
    removeOldPlans(folder.path, current);
    assert.deepEqual(list(folder).sort(), ["npm-a", "npm-b"]);
  });
});
