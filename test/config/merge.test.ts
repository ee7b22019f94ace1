import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { mergeLayers } from "../../src/config/merge.ts";
import { EMPTY_LAYER, LIMITS, MODES, NETWORK_MODES, REGISTRIES } from "../../src/policy.ts";
import type { Layer } from "../../src/policy.ts";

describe("mergeLayers", () => {
  test("appends lists, the weaker layer's first", () => {
    const weak: Layer = {
      uses: [{ value: "a", origin: "w:1" }],
      mounts: [{ host: "/w", access: "ro", missing: "fail", origin: "w:2" }],
      arguments: [{ value: "--w", origin: "w:15" }],
      pathAdd: [{ value: "/w/bin", origin: "w:3" }],
      variables: [{ kind: "pass", name: "W", origin: "w:4" }],
      allow: [{ value: "w.example", origin: "w:5" }],
      deny: [{ value: "no.w.example", origin: "w:6" }],
      registries: [{ value: "npm", origin: "w:7" }],
      endpoints: [{ value: "W_URL", origin: "w:8" }],
      proxies: [{ value: { host: "w.example", methods: [], paths: [] }, origin: "w:15" }],
      logins: [{ value: "claude", origin: "w:16" }],
      sshKeys: [{ value: "w", origin: "w:17" }],
      forwards: [{ value: { hostPort: 1, sandboxPort: 2 }, origin: "w:9" }],
      publish: [{ value: { kind: "auto" }, origin: "w:10" }],
      sockets: [{ value: "/w.sock", origin: "w:11" }],
      protect: [{ value: "w", origin: "w:12" }],
      unprotect: [{ value: ".w", origin: "w:13" }],
      limits: [{ value: { name: "memory", value: 1 }, origin: "w:14" }],
    };
    const strong: Layer = {
      uses: [{ value: "b", origin: "s:1" }],
      mounts: [{ host: "/s", access: "rw", missing: "skip", origin: "s:2" }],
      arguments: [{ value: "--s", origin: "s:15" }],
      pathAdd: [{ value: "/s/bin", origin: "s:3" }],
      variables: [{ kind: "set", name: "S", value: "1", origin: "s:4" }],
      allow: [{ value: "s.example", origin: "s:5" }],
      deny: [{ value: "no.s.example", origin: "s:6" }],
      registries: [{ value: "pip", origin: "s:7" }],
      endpoints: [{ value: "S_URL", origin: "s:8" }],
      proxies: [{ value: { host: "s.example", methods: [], paths: [] }, origin: "s:15" }],
      logins: [{ value: "claude", origin: "s:16" }],
      sshKeys: [{ value: "s", origin: "s:17" }],
      forwards: [{ value: { hostPort: 3, sandboxPort: 3 }, origin: "s:9" }],
      publish: [{ value: { kind: "port", sandboxPort: 4, hostPort: 5 }, origin: "s:10" }],
      sockets: [{ value: "/s.sock", origin: "s:11" }],
      protect: [{ value: "s", origin: "s:12" }],
      unprotect: [{ value: ".s", origin: "s:13" }],
      limits: [{ value: { name: "memory", value: 2 }, origin: "s:14" }],
    };
    assert.deepEqual(mergeLayers(weak, strong), {
      uses: [...weak.uses, ...strong.uses],
      mounts: [...weak.mounts, ...strong.mounts],
      arguments: [...weak.arguments, ...strong.arguments],
      pathAdd: [...weak.pathAdd, ...strong.pathAdd],
      variables: [...weak.variables, ...strong.variables],
      allow: [...weak.allow, ...strong.allow],
      deny: [...weak.deny, ...strong.deny],
      registries: [...weak.registries, ...strong.registries],
      endpoints: [...weak.endpoints, ...strong.endpoints],
      proxies: [...weak.proxies, ...strong.proxies],
      logins: [...weak.logins, ...strong.logins],
      sshKeys: [...weak.sshKeys, ...strong.sshKeys],
      forwards: [...weak.forwards, ...strong.forwards],
      publish: [...weak.publish, ...strong.publish],
      sockets: [...weak.sockets, ...strong.sockets],
      protect: [...weak.protect, ...strong.protect],
      unprotect: [...weak.unprotect, ...strong.unprotect],
      limits: [...weak.limits, ...strong.limits],
    });
  });

  test("replaces scalars by those that the stronger layer has", () => {
    const weak: Layer = {
      ...EMPTY_LAYER,
      network: { value: "host", origin: "w:1" },
      seccomp: { value: true, origin: "w:2" },
      command: { value: ["a", "b"], origin: "w:3" },
    };
    const strong: Layer = {
      ...EMPTY_LAYER,
      seccomp: { value: false, origin: "s:1" },
      command: { value: ["c"], origin: "s:2" },
    };
    assert.deepEqual(mergeLayers(weak, strong), { ...weak, ...strong });
    assert.equal(mergeLayers(weak, strong).network?.origin, "w:1");
  });

  test("is the same however layers are grouped", () => {
    fc.assert(
      fc.property(anyLayer(), anyLayer(), anyLayer(), (a, b, c) => {
        assert.deepEqual(mergeLayers(mergeLayers(a, b), c), mergeLayers(a, mergeLayers(b, c)));
      }),
    );
  });

  test("changes nothing by an empty layer, nor the layers that it is given", () => {
    fc.assert(
      fc.property(anyLayer(), anyLayer(), (a, b) => {
        assert.deepEqual(mergeLayers(a, EMPTY_LAYER), a);
        assert.deepEqual(mergeLayers(EMPTY_LAYER, a), a);
        const before = structuredClone([a, b]);
        mergeLayers(a, b);
        assert.deepEqual([a, b], before);
      }),
    );
    assert.ok(
      Object.values(EMPTY_LAYER).every((value) => Array.isArray(value) && value.length === 0),
    );
  });
});

const LISTS = [
  "uses",
  "mounts",
  "pathAdd",
  "arguments",
  "variables",
  "allow",
  "deny",
  "registries",
  "endpoints",
  "proxies",
  "logins",
  "sshKeys",
  "forwards",
  "publish",
  "sockets",
  "protect",
  "unprotect",
  "limits",
] as const;

function anyLayer(): fc.Arbitrary<Layer> {
  // `deepEqual` tells an object with a prototype from one without.
  const plain = { noNullPrototype: true };
  const origin = fc.string();
  const sourced = <T>(value: fc.Arbitrary<T>) => fc.record({ value, origin }, plain);
  const access = fc.constantFrom("ro" as const, "rw" as const);
  const missing = fc.constantFrom("fail" as const, "skip" as const);
  const mount = fc.record({ host: fc.string(), access, missing, origin }, plain);
  const kind = fc.constant("pass" as const);
  const limit = fc.record({ name: fc.constantFrom(...LIMITS), value: fc.nat() }, plain);
  const forward = fc.record({ hostPort: fc.nat(), sandboxPort: fc.nat() }, plain);
  const variable = fc.record({ kind, name: fc.string(), origin }, plain);
  return fc.record(
    {
      uses: fc.array(sourced(fc.string())),
      mounts: fc.array(mount),
      pathAdd: fc.array(sourced(fc.string())),
      arguments: fc.array(sourced(fc.string())),
      variables: fc.array(variable),
      allow: fc.array(sourced(fc.string())),
      deny: fc.array(sourced(fc.string())),
      registries: fc.array(sourced(fc.constantFrom(...REGISTRIES))),
      endpoints: fc.array(sourced(fc.string())),
      proxies: fc.array(sourced(fc.string().map((host) => ({ host, methods: [], paths: [] })))),
      logins: fc.array(sourced(fc.constantFrom("claude" as const, "codex" as const))),
      sshKeys: fc.array(sourced(fc.string())),
      forwards: fc.array(sourced(forward)),
      publish: fc.array(sourced(fc.constant({ kind: "auto" as const }))),
      sockets: fc.array(sourced(fc.string())),
      protect: fc.array(sourced(fc.string())),
      unprotect: fc.array(sourced(fc.string())),
      limits: fc.array(sourced(limit)),
      mode: sourced(fc.constantFrom(...MODES)),
      network: sourced(fc.constantFrom(...NETWORK_MODES)),
      seccomp: sourced(fc.boolean()),
      command: sourced(fc.array(fc.string())),
    },
    { requiredKeys: [...LISTS], ...plain },
  );
}
