import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { judgeRequest } from "../../src/proxy/request-rules.ts";
import type { RequestRule } from "../../src/proxy/request-rules.ts";

const ANY: RequestRule = { methods: [], paths: [] };

function judge(rules: readonly RequestRule[], request: string): string | number {
  const [method = "", path = ""] = request.split(" ");
  const verdict = judgeRequest({ rules }, { method, path });
  return verdict.verdict === "allow" ? rules.indexOf(verdict.rule) : verdict.reason;
}

describe("a request", () => {
  const rules: RequestRule[] = [
    { methods: ["GET"], paths: ["/repos/me/**"] },
    { methods: ["POST"], paths: ["/repos/me/app/issues"] },
  ];
  for (const [request, expected] of [
    ["GET /repos/me/app", 0],
    ["GET /repos/me/app?per_page=2", 0],
    ["POST /repos/me/app/issues", 1],
    ["POST /repos/me/app", "method-not-listed"],
    ["GET /repos/you/app", "path-not-listed"],
    ["GET /repos/me/../you/app", "path-not-listed"],
    ["GET /repos/me/%2e%2e/you", "path-not-listed"],
    ["POST /repos/you/app", "path-not-listed"],
    ["DELETE /repos/me/app", "method-not-listed"],
    ["get /repos/me/app", "method-not-listed"],
  ] as const) {
    test(`${request}: ${expected}`, () => assert.equal(judge(rules, request), expected));
  }

  test("is let through by a rule that asks for nothing", () => {
    assert.equal(judge([ANY], "DELETE /a/../b"), 0);
  });

  test("is refused where there is no rule", () => {
    assert.equal(judge([], "GET /"), "method-not-listed");
  });
});

describe("a push of git", () => {
  const rules: RequestRule[] = [{ ...ANY, push: ["me/app"] }];
  for (const [request, expected] of [
    ["GET /me/app/info/refs?service=git-receive-pack", 0],
    ["GET /me/app.git/info/refs?service=git-receive-pack", 0],
    ["POST /me/app.git/git-receive-pack", 0],
    ["POST /me/app.git/info/lfs/objects/batch", 0],
    ["GET /you/app.git/info/refs?service=git-receive-pack", "push-not-listed"],
    ["GET /you/app.git/info/refs?x=1&service=git%2Dreceive%2Dpack", "push-not-listed"],
    ["POST /you/app.git/git-receive-pack", "push-not-listed"],
    ["POST /me/app/x/git-receive-pack", "push-not-listed"],
    ["POST /me/APP/git-receive-pack", "push-not-listed"],
    ["POST /me/app/../other/git-receive-pack", "path-not-listed"],
    ["POST /you/app.git/info/lfs/objects/batch", "push-not-listed"],
    ["PUT /you/app.git/objects/ab/cdef", "push-not-listed"],
    ["PUT /you/app.git/refs/heads/main", "push-not-listed"],
    ["GET /you/app.git/info/refs?service=git-upload-pack", 0],
    ["GET /you/app.git/info/refs", 0],
    ["GET /you/app.git/objects/ab/cdef", 0],
    ["POST /you/app.git/git-upload-pack", 0],
    ["GET /you/objects", 0],
  ] as const) {
    test(`${request}: ${expected}`, () => assert.equal(judge(rules, request), expected));
  }

  test("goes anywhere where no list says otherwise", () => {
    assert.equal(judge([ANY], "POST /you/app.git/git-receive-pack"), 0);
  });
});
