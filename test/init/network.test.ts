import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Listener } from "../../src/plan/plan.ts";
import { requireSandbox } from "../helpers/requires.ts";
import { makeFolder, requireArchitecture, writeExecutable, writeInit } from "./init.ts";
import { writeNetworkFile } from "./network.ts";
import { Started, until } from "./started.ts";

const TCP: Listener = { transport: "tcp", address: "127.0.0.1", port: 8080, door: "proxy" };
const UDP: Listener = { transport: "udp", address: "127.0.0.1", port: 53, door: "dnsUdp" };
const SIX: Listener = { transport: "tcp", address: "::1", port: 8080, door: "socks" };

describe("with --network, the supervisor", () => {
  for (const [title, listeners] of [
    ["no listener", []],
    ["three listeners", [TCP, UDP, SIX]],
    ["as many as there may be", Array.from({ length: 64 }, (_, i) => ({ ...TCP, port: 9000 + i }))],
  ] as const) {
    test(`gets the chain's namespaces after the listeners: ${title}`, async (context) => {
      const architecture = requireArchitecture(context);
      if (!architecture || !requireSandbox(context)) return;
      const folder = makeFolder(context);
      const init = writeInit(folder, architecture);
      const seen = join(folder, "seen");
      const supervisor = writeExecutable(folder, "supervisor", LIST_OPEN(seen));
      const network = writeNetworkFile(folder, listeners);
      const gate = ["--network", network, "--supervisor", supervisor];
      const script = "readlink /proc/self/ns/user /proc/self/ns/net; ls /proc/self/fd; sleep 60";
      using started = new Started([init, "outer", ...gate, "--", "/bin/sh", "-c", script]);
      await until(
        () => `the supervisor's list and the chain's: ${started.lines.join(" ")}`,
        () => existsSync(seen) && started.lines.length >= 7,
      );
      const [user = "", net = "", ...descriptors] = started.lines;
      assert.match(`${user} ${net}`, /^user:\[\d+\] net:\[\d+\]$/u);
      // The chain itself keeps none of them open, 3 is the list's own.
      assert.deepEqual(descriptors, ["0", "1", "199", "2", "3"]);
      const expected = [...listeners.map(() => "socket"), user, net];
      const lines = expected.map((target, index) => `${300 + index} ${target}`);
      assert.deepEqual(readFileSync(seen, "utf8").split("\n").slice(0, -1), lines);
    });
  }
});

/** The open descriptors from 300 on, and what they are; complete when the file is there. */
const LIST_OPEN = (path: string): string => `#!/bin/sh
ls /proc/self/fd | sort -n | while read -r number; do
  test "$number" -ge 300 || continue
  target=$(readlink "/proc/self/fd/$number")
  echo "$number \${target%%:\\[[0-9]*\\]}\${target#\${target%%:\\[[0-9]*\\]}}" | sed 's/ socket:.*/ socket/'
done >${path}.new
mv ${path}.new ${path}
`;
