import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { prepareLogin } from "../../src/launch/logins.ts";
import type { LoginPlan } from "../../src/plan/plan.ts";
import { makeDirectory } from "../proxy/directory.ts";

const REAL = { accessToken: "sk-ant-oat01-Real1234", refreshToken: "sk-ant-ort01-Real1234" };

function makePlan(root: string): LoginPlan {
  const directory = join(root, "claude");
  const file = join(directory, ".credentials.json");
  mkdirSync(directory);
  writeFileSync(file, JSON.stringify({ claudeAiOauth: REAL, mcpOAuth: { secret: "of a server" } }));
  writeFileSync(
    join(directory, ".claude.json"),
    JSON.stringify({ primaryApiKey: "sk-ant-api", theme: "dark" }),
  );
  const home = join(root, "state/logins/claude-1");
  return { login: "claude", file, directory, home, shared: ["projects"], seeds: [] };
}

const NOTHING = { mounts: [], variables: [] };

test("an agent's links and files are not followed, and are in nobody's way", () => {
  const plan = makePlan(makeDirectory());
  const { home, file, directory } = plan;
  mkdirSync(home, { recursive: true });
  symlinkSync(file, join(home, ".credentials.json"));
  symlinkSync(directory, join(home, "projects"));
  prepareLogin(plan, NOTHING);
  const text = readFileSync(join(home, ".credentials.json"), "utf8");
  assert.match(text, /"accessToken":"sk-ant-oat01-/u);
  assert.equal(text.includes("of a server"), false);
  assert.equal(existsSync(join(home, "projects", ".claude.json")), false);
  assert.ok(readFileSync(file, "utf8").includes(REAL.accessToken));
});

test("all launches have the same placeholders, and log-ins made inside stay", () => {
  const plan = makePlan(makeDirectory());
  const place = join(plan.home, ".credentials.json");
  const first = prepareLogin(plan, NOTHING);
  const shown = JSON.parse(readFileSync(place, "utf8"));
  writeFileSync(place, JSON.stringify({ ...shown, mcpOAuth: "made inside", claudeAiOauth: {} }));
  const second = prepareLogin(plan, NOTHING);
  assert.deepEqual(second.standIns, first.standIns);
  assert.deepEqual(JSON.parse(readFileSync(place, "utf8")), { ...shown, mcpOAuth: "made inside" });
  assert.notEqual(first.standIns.access, REAL.accessToken);
});

test("what claude knows of projects is copied, but no key", () => {
  const plan = makePlan(makeDirectory());
  prepareLogin(plan, NOTHING);
  assert.equal(readFileSync(join(plan.home, ".claude.json"), "utf8"), '{"theme":"dark"}');
});

test("a token in a variable is replaced, and is enough for a log-in", () => {
  const plan = makePlan(makeDirectory());
  writeFileSync(plan.file, "{}");
  assert.throws(() => prepareLogin(plan, NOTHING), /there is no log-in of `claude`/u);
  const value = "sk-ant-oat01-Variable1234";
  const variable = { name: "CLAUDE_CODE_OAUTH_TOKEN", value, from: "host", when: "early" } as const;
  const { variables } = prepareLogin(plan, { mounts: [], variables: [variable] });
  assert.equal(variables[0]?.value, value);
  assert.match(variables[0]?.placeholder ?? "", /^sk-ant-oat01-[A-Z][a-z]{7}\d{4}$/u);
});
