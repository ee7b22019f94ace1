import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forge, readClaims } from "../../src/logins/jwt.ts";
import { FAR_AWAY, makeStandIns, renderStandIn } from "../../src/logins/stand-in.ts";
import { readTokens } from "../../src/logins/tokens.ts";

const pick = (): number => 0;

function token(claims: Record<string, unknown>): string {
  return forge("eyJhbGciOiJSUzI1NiJ9", claims, "c2lnbmF0dXJlLXJlYWw");
}

function codexFile(claims: Record<string, unknown>): string {
  const tokens = {
    id_token: token({ email: "a@example.org", exp: 1 }),
    access_token: token(claims),
    refresh_token: "rt_secret-secret",
    account_id: "account",
  };
  return JSON.stringify({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens,
    agent_identity: "x",
  });
}

describe("what stands for a log-in inside", () => {
  test("has claude's file with other tokens, a far end, and nothing that is not known", () => {
    const text = JSON.stringify({
      claudeAiOauth: {
        accessToken: "sk-ant-oat01-Secret12",
        refreshToken: "sk-ant-ort01-Secret12",
        expiresAt: 5,
        scopes: ["user:inference"],
        subscriptionType: "max",
        unknownSecret: "s",
      },
      mcpOAuth: { server: { accessToken: "s" } },
    });
    const standIns = makeStandIns(readTokens("claude", text) ?? {}, {}, pick);
    const before = '{"mcpOAuth":{"made":"inside"}}';
    const shown = JSON.parse(renderStandIn("claude", { text, standIns, before }));
    assert.deepEqual(shown, {
      mcpOAuth: { made: "inside" },
      claudeAiOauth: {
        accessToken: "sk-ant-oat01-Aaaaaa00",
        refreshToken: "sk-ant-ort01-Aaaaaa00",
        expiresAt: FAR_AWAY,
        scopes: ["user:inference"],
        subscriptionType: "max",
      },
    });
  });

  test("has codex's tokens with what they tell of the account, but no signature and a far end", () => {
    const text = codexFile({ exp: 100, plan: "plus" });
    const tokens = readTokens("codex", text) ?? {};
    assert.equal(tokens.ends, 100_000);
    const standIns = makeStandIns(tokens, {}, pick);
    const shown = JSON.parse(renderStandIn("codex", { text, standIns, before: "" }));
    assert.deepEqual(readClaims(shown.tokens.access_token), { exp: FAR_AWAY / 1000, plan: "plus" });
    assert.equal(shown.tokens.account_id, "account");
    assert.equal("agent_identity" in shown, false);
    for (const name of ["access", "refresh", "id"] as const) {
      assert.notEqual(standIns[name], tokens[name]);
      assert.equal(standIns[name]?.includes("c2lnbmF0dXJlLXJlYWw"), false);
    }
  });

  test("stays the same when tokens are renewed, and not when they are another account's", () => {
    const make = (claims: Record<string, unknown>, earlier = {}) =>
      makeStandIns(readTokens("codex", codexFile(claims)) ?? {}, earlier, pick);
    const first = make({ exp: 100, iat: 1, plan: "plus" });
    assert.deepEqual(make({ exp: 200, iat: 2, plan: "plus" }, first), first);
    assert.notEqual(make({ exp: 200, plan: "pro" }, first).access, first.access);
  });

  test("is never the token itself", () => {
    const standIns = makeStandIns(
      { access: "sk-ant-oat01-aaaa" },
      { access: "sk-ant-oat01-aaaa" },
      rotate(),
    );
    assert.notEqual(standIns.access, "sk-ant-oat01-aaaa");
  });
});

/** First what gives the token itself, then something else. */
function rotate(): (below: number) => number {
  let calls = 0;
  return () => (calls++ < 4 ? 0 : 1);
}
