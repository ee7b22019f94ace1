import { dialFromHost, resolveOnHost } from "../../src/proxy/host-network.ts";
import { fitLimits } from "../../src/proxy/limits.ts";
import { startProxy } from "../../src/proxy/server.ts";
import { NO_UPSTREAM } from "../../src/proxy/upstream.ts";
import { makeRules } from "./start.ts";

/**
 * The proxy as a process of its own, on descriptors that it is given: TCP, UDP, and how many files
 * it believes it may open. Allows `localhost` at any port that it is told. Ends with its input.
 */
const [tcp, udp, openFiles, port] = process.argv.slice(2).map(Number);
const rules = makeRules({ allow: [`localhost:${port}`, "good.test"] });
await startProxy({
  listeners: { proxy: { fd: tcp ?? -1 }, dnsUdp: { fd: udp ?? -1 } },
  policy: () => rules,
  resolve: resolveOnHost,
  dial: dialFromHost,
  hostNetworks: () => [],
  upstream: NO_UPSTREAM,
  limits: fitLimits(openFiles ?? 0),
  onDecision: () => {},
  onFault: (error) => process.stderr.write(`fault: ${String(error)}\n`),
});
process.stdout.write("ready\n");
process.stdin.resume().on("end", () => process.exit(0));
