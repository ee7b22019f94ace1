import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { mergeLayers } from "../../src/config/merge.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";
import type { Layer } from "../../src/policy.ts";

describe("mergeLayers", () => {
  test("appends lists, the weaker layer's first", () => {
    const weak: Layer = {
      uses: [{ value: "a", origin: "w:1" }],
      mounts: [{ host: "/w", access: "ro", missing: "fail", origin: "w:2" }],
      pathAdd: [{ value: "/w/bin", origin: "w:3" }],
      variables: [{ kind: "pass", name: "W", origin: "w:4" }],
    };
    const strong: Layer = {
      uses: [{ value: "b", origin: "s:1" }],
      mounts: [{ host: "/s", access: "rw", missing: "skip", origin: "s:2" }],
      pathAdd: [{ value: "/s/bin", origin: "s:3" }],
      variables: [{ kind: "set", name: "S", value: "1", origin: "s:4" }],
    };
    assert.deepEqual(mergeLayers(weak, strong), {
      uses: [...weak.uses, ...strong.uses],
      mounts: [...weak.mounts, ...strong.mounts],
      pathAdd: [...weak.pathAdd, ...strong.pathAdd],
      variables: [...weak.variables, ...strong.variables],
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
    assert.deepEqual(EMPTY_LAYER, { uses: [], mounts: [], pathAdd: [], variables: [] });
  });
});

function anyLayer(): fc.Arbitrary<Layer> {
  // `deepEqual` tells an object with a prototype from one without.
  const plain = { noNullPrototype: true };
  const origin = fc.string();
  const sourced = <T>(value: fc.Arbitrary<T>) => fc.record({ value, origin }, plain);
  const access = fc.constantFrom("ro" as const, "rw" as const);
  const missing = fc.constantFrom("fail" as const, "skip" as const);
  const mount = fc.record({ host: fc.string(), access, missing, origin }, plain);
  const kind = fc.constant("pass" as const);
  const variable = fc.record({ kind, name: fc.string(), origin }, plain);
  return fc.record(
    {
      uses: fc.array(sourced(fc.string())),
      mounts: fc.array(mount),
      pathAdd: fc.array(sourced(fc.string())),
      variables: fc.array(variable),
      network: sourced(fc.constantFrom("none" as const, "host" as const)),
      seccomp: sourced(fc.boolean()),
      command: sourced(fc.array(fc.string())),
    },
    { requiredKeys: ["uses", "mounts", "pathAdd", "variables"], ...plain },
  );
}
