import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planEndpoints, splitLoopback } from "../../src/plan/endpoints.ts";
import type { Endpoints } from "../../src/plan/endpoints.ts";
import { parseHostRule } from "../../src/proxy/host-rule.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const TAKEN = [443, 80, 53];

describe("the server that a variable names", () => {
  const forward = (port: number): Endpoints => {
    return { allow: [], forwards: [{ hostPort: port, sandboxPort: port }] };
  };
  const allow = (rule: string): Endpoints => ({ allow: [rule], forwards: [] });
  const rows: [string, Endpoints][] = [
    ["https://api.example.com", allow("api.example.com")],
    ["https://api.example.com/v1?x=1", allow("api.example.com")],
    ["https://user:secret@api.example.com", allow("api.example.com")],
    ["https://api.example.com:8443", allow("api.example.com:8443")],
    ["http://api.example.com", allow("api.example.com:80")],
    ["https://api.example.com.", allow("api.example.com")],
    ["https://192.168.1.5:4000", allow("192.168.1.5:4000")],
    ["http://[fd00::1]:4000", allow("[fd00::1]:4000")],
    ["http://localhost:8080", forward(8080)],
    ["http://127.0.0.1:8080/v1", forward(8080)],
    ["http://[::1]:8080", forward(8080)],
    ["https://localhost", allow("localhost")],
    ["http://127.0.0.1", allow("127.0.0.1:80")],
  ];
  for (const [value, expected] of rows) {
    test(`${value} is let through`, () => {
      const found = splitLoopback(planEndpoints(["API_URL"], { API_URL: value }), TAKEN);
      assert.deepEqual(found, expected);
      for (const rule of found.allow) assert.ok(!("problem" in parseHostRule(rule)), rule);
    });
  }

  for (const value of ["api.example.com", "ftp://api.example.com", "https://", "http://a b/"]) {
    test(`\`${value}\` is no URL of a server`, () => {
      const [error] = catchUserErrors(() => planEndpoints(["API_URL"], { API_URL: value }));
      assert.equal(error?.message, "`API_URL` does not hold the URL of a server");
    });
  }

  test("is none when the variable is not set, or another one is", () => {
    const environment = { EMPTY: "", OTHER: "https://other.example" };
    assert.deepEqual(planEndpoints(["API_URL", "EMPTY"], environment), []);
  });
});
