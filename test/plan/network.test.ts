import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planGate } from "../../src/plan/network.ts";
import type { Policy } from "../../src/policy.ts";
import { policyOf } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const NOTHING = { registries: [], environment: {}, clipboard: undefined, sockets: [] };
const gateOf = (policy: Partial<Policy>) =>
  planGate(policyOf({ network: "filtered", ...policy }), NOTHING, false);

describe("the gate", () => {
  test("is there for the filtered and the open network only", () => {
    for (const network of ["none", "host"] as const) assert.equal(gateOf({ network }), undefined);
    assert.equal(gateOf({})?.open, false);
    assert.equal(gateOf({ network: "open" })?.open, true);
  });

  test("has the rules of the policy, and those of endpoints and registries", () => {
    const hosts = [{ rule: "registry.example", origin: "~/.npmrc:1" }];
    const registries = [
      { registry: "npm" as const, hosts, files: [], environment: [], sources: [] },
    ];
    const environment = { API_URL: "https://api.example" };
    const policy = policyOf({
      network: "filtered",
      allow: [{ value: "a.example", origin: "c:1" }],
      deny: [{ value: "b.example", origin: "c:2" }],
      endpoints: ["API_URL"],
    });
    const gate = planGate(policy, { ...NOTHING, registries, environment }, false);
    assert.deepEqual(gate?.allow, ["a.example"]);
    assert.deepEqual(gate?.found, ["api.example", "registry.example"]);
    assert.deepEqual(gate?.deny, ["b.example"]);
  });

  test("lets everything through when it learns, and says so", () => {
    const gate = planGate(policyOf({ network: "filtered" }), NOTHING, true);
    assert.deepEqual([gate?.open, gate?.learn], [true, true]);
  });

  test("has six doors on the loopback, and two listeners for each forward", () => {
    const forwards = [{ hostPort: 8080, sandboxPort: 9090 }];
    const listeners = gateOf({ forwards })?.listeners ?? [];
    const shown = listeners.map(({ door, transport, address, port }) => {
      return `${door} ${transport} ${address} ${port}`;
    });
    assert.deepEqual(shown, [
      "proxy tcp 127.0.0.1 38128",
      "socks tcp 127.0.0.1 38108",
      "tls tcp 0.0.0.0 443",
      "http tcp 0.0.0.0 80",
      "dnsUdp udp 127.0.0.1 53",
      "dnsTcp tcp 127.0.0.1 53",
      "forward tcp 127.0.0.1 9090",
      "forward tcp ::1 9090",
    ]);
    assert.ok(listeners.every((each) => each.door !== "forward" || each.hostPort === 8080));
  });

  test("has a door for each host and port that rules name together, at an address for the host", () => {
    const rules = ["a.example:5432", "a.example:22", "b.example:5432", "a.example:22", "c.example"];
    const others = ["d.example:443", "*.e.example:22", "192.0.2.1:22", "localhost:22"];
    const allow = [...rules, ...others].map((value) => ({ value, origin: "c:1" }));
    const doors = gateOf({ allow })?.listeners.filter(({ door }) => door === "named");
    assert.deepEqual(doors, [
      { door: "named", transport: "tcp", address: "127.38.0.1", port: 5432, host: "a.example" },
      { door: "named", transport: "tcp", address: "127.38.0.1", port: 22, host: "a.example" },
      { door: "named", transport: "tcp", address: "127.38.0.2", port: 5432, host: "b.example" },
    ]);
  });

  test("takes a forward that is named twice once", () => {
    const forward = { hostPort: 8080, sandboxPort: 8080 };
    assert.equal(gateOf({ forwards: [forward, { ...forward }] })?.listeners.length, 8);
  });

  const refused: [string, Partial<Policy>, string][] = [
    [
      "two forwards to one port inside",
      {
        forwards: [
          { hostPort: 1, sandboxPort: 9 },
          { hostPort: 2, sandboxPort: 9 },
        ],
      },
      "the host's ports 1 and 2 cannot both be 9 inside",
    ],
    [
      "a forward to a door",
      { forwards: [{ hostPort: 8443, sandboxPort: 443 }] },
      "port 443 inside is one of pale's own",
    ],
    [
      "more forwards than the init program has room for",
      {
        forwards: Array.from({ length: 120 }, (_, i) => ({
          hostPort: i + 1000,
          sandboxPort: i + 1000,
        })),
      },
      "246 sockets are more than a sandbox can have",
    ],
    [
      "a forward without a network",
      { network: "none", forwards: [{ hostPort: 1, sandboxPort: 1 }] },
      '`forwards` cannot work with `network = "none"`',
    ],
    [
      "something published in the host's network",
      { network: "host", publish: [{ kind: "auto" }] },
      '`publish` cannot work with `network = "host"`',
    ],
  ];
  for (const [name, policy, message] of refused) {
    test(`refuses ${name}`, () => {
      const [error] = catchUserErrors(() => gateOf(policy));
      assert.equal(error?.message, message);
      assert.ok(error?.hint);
    });
  }
});
