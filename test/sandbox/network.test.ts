import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { listenOnLoopback } from "../helpers/loopback.ts";
import { requireSandbox, requireTool } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

/** Connect to HOST PORT or to an abstract socket and print what happened. */
const PROBE = `import socket, sys
if sys.argv[1] == "abstract": s = socket.socket(socket.AF_UNIX); target = "\\0" + sys.argv[2]
else: s = socket.socket(); target = (sys.argv[1], int(sys.argv[2]))
s.settimeout(5)
try: s.connect(target); print("connected")
except OSError as error: print(type(error).__name__)`;

describe("network none", () => {
  const server = createServer((socket) => socket.end());
  const abstract = createServer((socket) => socket.end());
  const name = `pale-test-${process.pid}`;
  let port = 0;
  before(async () => {
    port = await listenOnLoopback(server);
    await new Promise<void>((resolve) => abstract.listen(`\0${name}`, resolve));
  });
  after(() => {
    server.close();
    abstract.close();
  });

  test("does not reach the host's loopback; network host does", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write("work/project/probe.py", PROBE);
    const script = `python3 probe.py 127.0.0.1 ${port}`;
    assert.equal(world.outside(script).stdout, "connected\n");
    assert.equal(world.inside(script, { flags: ["--network", "host"] }).stdout, "connected\n");
    assert.equal(world.inside(script).stdout, "ConnectionRefusedError\n");
    assert.equal(
      world.inside(script, { flags: ["--network", "none"] }).stdout,
      "ConnectionRefusedError\n",
    );
  });

  test("does not reach the host's abstract sockets", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    world.write("work/project/probe.py", PROBE);
    const script = `python3 probe.py abstract ${name}`;
    assert.equal(world.outside(script).stdout, "connected\n");
    assert.equal(world.inside(script).stdout, "ConnectionRefusedError\n");
  });

  test("has a loopback of its own that works", (t) => {
    if (!requireSandbox(t) || !requireTool(t, "python3")) return;
    using world = new World();
    const script = `python3 -c '
import socket
a = socket.create_server(("localhost", 0)); b = socket.create_connection(a.getsockname()); print("own loopback")'
ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1`;
    assert.equal(world.inside(script).stdout.replaceAll(" ", ""), "ownloopback\nlo\n");
  });
});
