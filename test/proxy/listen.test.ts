import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  listHostNetworks,
  readOpenFilesLimit,
  resolveOnHost,
} from "../../src/proxy/host-network.ts";
import { fitLimits } from "../../src/proxy/limits.ts";
import { requireTool } from "../helpers/requires.ts";
import { makeQuery, readAnswer } from "./dns-messages.ts";
import { openSocket, openTunnel, readAll, startRawServer, until } from "./sockets.ts";

test("the doors open on sockets that another process has made", async (context) => {
  if (!requireTool(context, "python3")) return;
  const server = await startRawServer((socket) => socket.pipe(socket));
  const { tcp, udp } = await startInherited(server.port, { openFiles: 1024, hardLimit: 4096 });
  const tunnel = await openTunnel(tcp, `localhost:${server.port}`);
  tunnel.end("hello");
  assert.equal((await readAll(tunnel)).toString(), "hello");
  const socket = createSocket("udp4");
  socket.send(makeQuery("good.test"), udp, "127.0.0.1");
  const [answer] = (await once(socket, "message")) as [Buffer];
  assert.deepEqual(readAnswer(answer).addresses, ["127.0.0.1"]);
  socket.close();
});

test("a process that runs out of descriptors takes connections again when it has some", async (context) => {
  if (!requireTool(context, "python3")) return;
  const server = await startRawServer((socket) => socket.pipe(socket));
  // Believes to have more than it has, so that its own limits do not save it.
  const { tcp, child } = await startInherited(server.port, { openFiles: 4096, hardLimit: 100 });
  const silent = await Promise.all(Array.from({ length: 200 }, () => openSocket(tcp)));
  await new Promise((done) => setTimeout(done, 200));
  assert.equal(child.exitCode, null);
  for (const socket of silent) socket.destroy();
  const tunnel = await openTunnel(tcp, `localhost:${server.port}`);
  tunnel.end("hello");
  assert.equal((await readAll(tunnel)).toString(), "hello");
});

test("limits that fit keep it from running out at all", async (context) => {
  if (!requireTool(context, "python3")) return;
  const server = await startRawServer((socket) => socket.pipe(socket));
  const { tcp } = await startInherited(server.port, { openFiles: 100, hardLimit: 100 });
  const tunnel = await openTunnel(tcp, `localhost:${server.port}`);
  const others = await Promise.all(Array.from({ length: 60 }, () => openSocket(tcp)));
  const answers: string[] = [];
  for (const socket of others) void readAll(socket).then((bytes) => answers.push(bytes.toString()));
  const { connections, handshakes } = fitLimits(100);
  assert.deepEqual({ connections, handshakes }, { connections: 18, handshakes: 14 });
  await until(() => answers.length >= 60 - handshakes, "the others are turned away");
  assert.match(answers[0] ?? "", /^HTTP\/1\.1 503 /u);
  tunnel.end("hello");
  assert.equal((await readAll(tunnel)).toString(), "hello");
  for (const socket of others) socket.destroy();
});

test("limits follow what a process may open", () => {
  assert.equal(fitLimits(Infinity).connections, 1024);
  assert.equal(fitLimits(1024).connections, 480);
  assert.equal(fitLimits(0).connections, 1);
  assert.ok(readOpenFilesLimit() >= 64);
});

test("the host's own network has loopback and resolves its name", async () => {
  assert.ok(listHostNetworks().includes("127.0.0.1/8"));
  assert.ok(
    (await resolveOnHost("localhost")).some((text) => text === "127.0.0.1" || text === "::1"),
  );
  await assert.rejects(resolveOnHost("nowhere.invalid"));
});

const MAKE_SOCKETS = `
import os, resource, socket, sys
hard = int(sys.argv[1])
tcp = socket.socket(); tcp.bind(("127.0.0.1", 0)); tcp.listen(1024)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 0))
for one in (tcp, udp): os.set_inheritable(one.fileno(), True)
print(tcp.getsockname()[1], udp.getsockname()[1], flush=True)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
os.execv(sys.argv[2], [sys.argv[2], sys.argv[3], str(tcp.fileno()), str(udp.fileno()), *sys.argv[4:]])
`;

/** `hardLimit` is what the process may open; `openFiles` what it is told. */
async function startInherited(
  port: number,
  { openFiles, hardLimit }: { openFiles: number; hardLimit: number },
): Promise<{ tcp: number; udp: number; child: ChildProcess }> {
  const program = join(import.meta.dirname, "inherited-server.ts");
  const command = [String(hardLimit), process.execPath, program, String(openFiles), String(port)];
  const child = spawn("python3", ["-c", MAKE_SOCKETS, ...command], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  after(() => child.stdin.end());
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  await until(() => output.includes("ready"), "the proxy started");
  const [tcp = 0, udp = 0] = output.split(/\s/u).map(Number);
  return { tcp, udp, child };
}
