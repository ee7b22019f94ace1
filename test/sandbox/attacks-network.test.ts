import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { PALE, World } from "../helpers/world.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";
import { ADDRESS } from "../internet/zone.ts";

/** What a hostile agent tries on its way out. Each with the control that shows the attack is a real one. */

const requireInternet = useInternet();

/** `server.py KIND COMMAND...`: a server on the host's loopback, and COMMAND with a socket as its input. */
const SERVER = `import socket, subprocess, sys
kind, command = sys.argv[1], sys.argv[2:]
stream = kind == "tcp"
victim = socket.create_server(("127.0.0.1", 0)) if stream else socket.socket(
  socket.AF_INET if kind == "udp" else socket.AF_UNIX, socket.SOCK_DGRAM)
if kind == "udp": victim.bind(("127.0.0.1", 0))
if kind == "datagram": victim.bind("")
if kind == "tcp":
  client = socket.create_connection(victim.getsockname())
  given = victim.accept()[0]
elif kind == "udp": given = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
else: given, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
where = victim.getsockname().hex() if kind == "datagram" else str(victim.getsockname()[1])
print(subprocess.run([*command, "python3", "reuse.py", kind, where], stdin=given, capture_output=True).stderr.decode())
victim.settimeout(0.2)
try: print("REACHED" if stream and victim.accept() or victim.recv(100) else "")
except OSError: print("NOTHING")`;

const REUSE = `import ctypes, os, socket, struct, sys
kind, where = sys.argv[1:]
given = socket.socket(fileno=os.dup(0))
if kind == "tcp": ctypes.CDLL(None).connect(0, struct.pack("H14x", socket.AF_UNSPEC), 16)
if kind == "tcp": given.connect(("127.0.0.1", int(where)))
else: given.sendto(b"hello", bytes.fromhex(where) if kind == "datagram" else ("127.0.0.1", int(where)))`;

describe("a socket of the host's network as standard input", () => {
  for (const kind of ["tcp", "udp", "datagram"]) {
    for (const network of ["filtered", "none"]) {
      test(`(${kind}) is no way out of \`network = "${network}"\``, (t) => {
        if (!requireSandbox(t) || !requireTools(t, ["python3"])) return;
        using world = new World();
        world.write("work/project/server.py", SERVER);
        world.write("work/project/reuse.py", REUSE);
        const serve = (...command: string[]) => {
          return world.spawn(["python3", "server.py", kind, ...command]).stdout;
        };
        assert.match(serve(), /^REACHED$/mu, "the control: without a sandbox");
        const found = serve(PALE, "run", "--network", network, "--");
        assert.match(found, /^NOTHING$/mu, found);
        assert.match(found, /standard (?:input|stream).* socket/u);
      });
    }
  }

  test("is let in when it can be connected to nothing else", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const input = `import socket, subprocess, sys
given, other = socket.socketpair()
other.sendall(b"said by a local stream"); other.close()
print(subprocess.run(sys.argv[1:], stdin=given, capture_output=True, text=True).stdout)`;
    const found = world.spawn(["python3", "-c", input, PALE, "run", "--", "cat"]);
    assert.match(found.stdout, /said by a local stream/u);
  });
});

/** `first.py PREFIX HOST PORT NAME`: TLS for NAME behind some bytes in hexadecimal, or `http` in the clear. */
const FIRST = `import socket, ssl, sys
prefix, host, port, name = sys.argv[1:]
connection = socket.create_connection(("127.0.0.1", 38128))
connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\\r\\n\\r\\n".encode())
connection.recv(4096)
request = f"GET / HTTP/1.1\\r\\nHost: {name}\\r\\nConnection: close\\r\\n\\r\\n".encode()
def converse():
  if prefix == "http":
    connection.sendall(request)
    return connection.recv(4096)
  context = ssl.create_default_context()
  context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
  connection.sendall(bytes.fromhex(prefix))
  secure = context.wrap_socket(connection, server_hostname=name)
  secure.sendall(request)
  return secure.recv(4096)
try: print(converse().decode())
except OSError as error: print(type(error).__name__, error)`;

/** A warning (`user_canceled`), which a server skips. */
const ALERT = "1503010002015a";

describe("another host behind the same address", () => {
  const ask = (t: Parameters<typeof requireInternet>[0], words: string, flags: string[]) => {
    const internet = requireInternet(t);
    if (!internet) return undefined;
    using world = new ConnectedWorld(internet);
    world.write("work/project/first.py", FIRST);
    const { stdout } = world.online(`python3 first.py ${words}`, flags);
    return { stdout, refusals: world.refusals() };
  };
  for (const [what, prefix, port, reason] of [
    ["TLS that names it", "''", 8443, "server-name-mismatch"],
    ["TLS that names it, behind a TLS alert", ALERT, 8443, "malformed-hello"],
    ["a plain request", "http", 8080, "host-mismatch"],
  ] as const) {
    test(`cannot be had with ${what} on another port`, (t) => {
      const words = `${prefix} web.test ${port} other.test`;
      const open = ask(t, words, ["--network", "open"]);
      if (!open) return;
      assert.match(open.stdout, /^other\.test at /mu, "the control: nobody looks");
      const other = ask(t, words, ["--allow", `web.test:${port}`]);
      assert.doesNotMatch(other?.stdout ?? "", /other\.test at /u);
      const pattern = new RegExp(`^\\w+\\.test:${port} ${reason}$`, "u");
      assert.match(other?.refusals.join() ?? "", pattern);
    });
  }

  for (const [prefix, port] of [
    ["''", 443],
    ["http", 80],
  ] as const) {
    test(`cannot be had by its address on ${port} when the open mode denies its name`, (t) => {
      const words = `${prefix} ${ADDRESS.web} ${port} other.test`;
      const open = ask(t, words, ["--network", "open"]);
      if (!open) return;
      assert.match(open.stdout, /^other\.test at /mu, "the control: nothing is denied");
      const denied = ask(t, words, ["--network", "open", "--deny", "other.test"]);
      assert.doesNotMatch(denied?.stdout ?? "", /other\.test at /u);
      assert.equal(denied?.refusals.length, 1);
    });
  }
});

/** In the world of processes that it is started into, nobody can kill it. */
const END = `import os, sys
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()`;

const PROXY = `import socket, threading
${END}
def pipe(source, target):
  try:
    while data := source.recv(65536): target.sendall(data)
    target.shutdown(socket.SHUT_WR)
  except OSError: pass
def serve(client):
  head = b""
  while b"\\r\\n\\r\\n" not in head:
    data = client.recv(65536)
    if not data: return
    head += data
  host, port = head.split(b" ")[1].decode().split(":")
  server = socket.create_connection((host, int(port)), 10)
  client.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
  threading.Thread(target=pipe, args=(client, server), daemon=True).start()
  pipe(server, client)
listener = socket.create_server(("127.0.0.1", 3128))
print("ready", flush=True)
while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()`;

/** A program on the host of the fake internet that says when it is ready. */
async function startOnHost(internet: Internet, program: string): Promise<() => Promise<unknown>> {
  const words = [...internet.enter("/"), "python3", "-c", program];
  const child = spawn("env", words, { stdio: ["pipe", "pipe", "inherit"] });
  await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  assert.equal(child.exitCode, null, "it listens");
  return () => {
    child.stdin.end();
    return once(child, "exit");
  };
}

describe("an upstream proxy on the host's own loopback", () => {
  for (const mode of ["open", "filtered"]) {
    test(`is no way to what may not be dialled (${mode})`, async (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      const endProxy = await startOnHost(internet, PROXY);
      try {
        using world = new ConnectedWorld(internet);
        const env = { https_proxy: "http://127.0.0.1:3128" };
        const names = ["loopback.test", "lan.test", "metadata.test", "own.test"];
        const rules = ["web.test", ...names].flatMap((name) => ["--allow", name]);
        const flags = mode === "open" ? ["--network", "open"] : rules;
        const ask = (host: string) => world.inside(`curl -sSk https://${host}/`, { flags, env });
        assert.match(ask("web.test").stdout, /^web\.test at /u, "the control");
        const hosts = mode === "open" ? [...names, ADDRESS.own] : names;
        for (const host of hosts) assert.equal(ask(host).stdout, "", host);
        assert.equal(world.refusals().join(), hosts.map((h) => `${h}:443 not-public`).join());
      } finally {
        await endProxy();
      }
    });
  }
});

const NEIGHBOURS = `import socket, threading
${END}
listeners = [socket.create_server(("93.184.217.7", 8080)),
  socket.create_server(("2606:2800:221:1::7", 8080), family=socket.AF_INET6)]
def serve(listener):
  while True:
    client = listener.accept()[0]
    client.recv(4096); client.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nneighbour"); client.close()
for listener in listeners: threading.Thread(target=serve, args=(listener,), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()`;

describe("machines of the host's own network that have public addresses", () => {
  test("are not reached in the open mode, unless a rule says so", async (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    const [, target = ""] = internet.enter("/");
    const addresses = `ip address add 93.184.217.2/24 dev lo
      ip -6 address add 2606:2800:221:1::2/64 dev lo
      ip -6 route add local 2606:2800:221:1::/64 dev lo`;
    const enter = `PATH=$PATH:/usr/sbin:/sbin nsenter ${target} --user --net --preserve-credentials`;
    spawnSync("sh", ["-c", `${enter} sh -c '${addresses}'`], { stdio: "inherit" });
    const endNeighbours = await startOnHost(internet, NEIGHBOURS);
    try {
      for (const host of ["93.184.217.7", "[2606:2800:221:1::7]"]) {
        using world = new ConnectedWorld(internet);
        const script = `curl -gsS -m 20 http://${host}:8080/`;
        const allowed = world.online(script, ["--allow", `${host}:8080`]);
        assert.equal(allowed.stdout, "neighbour", "the control");
        assert.notEqual(world.online(script, ["--network", "open"]).stdout, "neighbour", host);
      }
    } finally {
      await endNeighbours();
    }
  });
});

/** One line for each attempt: its name, and what the kernel said. */
const ATTEMPTS = `import ctypes, fcntl, os, platform, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
intel = platform.machine() == "x86_64"
def call(number, *words):
  answer = libc.syscall(number, *[ctypes.c_long(w) if isinstance(w, int) else w for w in words])
  if answer < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
  return answer
def change(kind, flags, body):
  link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
  link.send(struct.pack("=IHHII", 16 + len(body), kind, 5 | flags, 1, 0) + body)
  code = -struct.unpack("=i", link.recv(4096)[16:20])[0]
  if code: raise OSError(code, os.strerror(code))
def enter(path, request, kind):
  call(308 if intel else 268, fcntl.ioctl(os.open(path, os.O_RDONLY), request), kind)
ADDRESS = struct.pack("=BBBBI", 2, 8, 0, 0, 1) + struct.pack("=HH4s", 8, 2, bytes([10, 0, 0, 1]))
ROUTE = struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 3, 253, 1, 0) + struct.pack("=HHI", 8, 4, 1)
attempts = {
  "raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
  "packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0),
  "virtual machine socket": lambda: socket.socket(40, socket.SOCK_STREAM),
  "io_uring": lambda: call(425, 4, ctypes.create_string_buffer(256)),
  "another address": lambda: change(20, 0x600, ADDRESS),
  "another route": lambda: change(24, 0x600, ROUTE),
  "parent user namespace": lambda: enter("/proc/self/ns/user", 0xb702, 0x10000000),
  "owner of the network": lambda: enter("/proc/self/ns/net", 0xb701, 0x10000000),
  "network of a standard stream": lambda: fcntl.ioctl(1, 0x894c),
  "door for names": lambda: socket.create_server(("127.0.0.1", 53)),
  "door at every address": lambda: socket.create_server(("0.0.0.0", 38128)),
  "tap device": lambda: os.open("/dev/net/tun", os.O_RDWR),
}
for name, attempt in attempts.items():
  try: print(name + ":", attempt() and "DONE" or "DONE")
  except OSError as error: print(name + ":", error.strerror)`;

describe("the sandbox's own network", () => {
  for (const flag of ["--seccomp", "--no-seccomp"]) {
    test(`is in nobody's power inside, with ${flag}`, (t) => {
      if (!requireSandbox(t) || !requireTools(t, ["python3", "unshare"])) return;
      using world = new World();
      world.write("work/project/attempts.py", ATTEMPTS);
      const { stdout, stderr } = world.inside("python3 attempts.py", { flags: [flag] });
      const lines = stdout.trim().split("\n");
      assert.equal(lines.length, 12, stderr);
      const refused =
        /: (?:Operation not permitted|Permission denied|Function not implemented|Address already in use|No such file or directory)(?: \(.*\))?$/u;
      assert.equal(lines.filter((line) => !refused.test(line)).join("\n"), "");
      const control = world.spawn(["unshare", "-Urn", "python3", "attempts.py"]).stdout;
      for (const name of ["raw socket", "packet socket", "another address"]) {
        assert.ok(control.includes(`${name}: DONE`), control);
      }
    });
  }

  test("tells nothing of its supervisor, and has nothing open that leads out", (t) => {
    if (!requireSandbox(t)) return;
    using world = new World();
    const env = { https_proxy: "http://ada:SECRET@192.0.2.1:3128" };
    const script = `env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'; ls /proc/self/fd /proc/1/fd`;
    const { stdout, stderr } = world.inside(script, { env });
    assert.match(stdout, /HTTP_PROXY=http:\/\/127\.0\.0\.1:38128/u);
    assert.doesNotMatch(stdout, /SECRET|PALE_SUPERVISOR/u);
    assert.match(stderr, /\/proc\/1\/fd.*: Permission denied/u);
    assert.match(stdout, /\/proc\/self\/fd:\n0\n1\n2\n3\n/u);
    assert.match(world.outside("env", { env }).stdout, /SECRET/u, "the control");
  });

  test("is another one than that of a sandbox next to it", async (t) => {
    if (!requireSandbox(t) || !requireTools(t, ["python3"])) return;
    using world = new World();
    const serve = `import socket, sys
tcp = socket.create_server(("127.0.0.1", 8765)); local = socket.socket(socket.AF_UNIX)
local.bind("\\0pale-neighbour"); local.listen(); print("ready", flush=True); sys.stdin.read()`;
    const knock = `import socket
for family, address in ((2, ("127.0.0.1", 8765)), (1, "\\0pale-neighbour")):
  try: print(socket.socket(family).connect(address) or "connected")
  except OSError as error: print(error.strerror)`;
    world.write("work/project/serve.py", serve);
    world.write("work/project/knock.py", knock);
    const first = spawn(PALE, ["run", "--", "python3", "serve.py"], {
      cwd: world.project,
      env: world.environment(),
    });
    try {
      await once(first.stdout, "data");
      const found = world.inside("python3 knock.py").stdout;
      assert.equal(found, "Connection refused\nConnection refused\n");
      const both = `mkfifo wait; (read line <wait) & python3 serve.py <wait >said & exec 9>wait
        until [ -s said ]; do sleep 0.05; done; python3 knock.py`;
      assert.equal(world.inside(both).stdout, "connected\nconnected\n", "the control");
    } finally {
      first.stdin.end();
      await once(first, "exit");
    }
  });
});

/** Ways to write a host; every one is asked for by CONNECT, in an absolute target, and as `Host`. */
const SPELLINGS = `import socket
def ask(request):
  connection = socket.create_connection(("127.0.0.1", 38128))
  connection.sendall(request)
  return connection.recv(4096).split(b" ")[1].decode()
for host in (b"web.test.", b"web.test\\0.x", b"%77eb.test", b"web.test%2f", b"x@web.test", b"web\\xe3\\x80\\x82test",
  b"[web.test]", b"[fe80::1%25lo]", b"[::ffff:127.0.0.1]", b"[64:ff9b::7f00:1]", b"[2002:7f00:1::]", b"[::]", b"0", b"127.1",
  b"0x7f000001", b"0177.0.0.1", b"127.0.0.1.", b"169.254.169.254", b"192.168.77.5", b"lan.test", b"metadata.test"):
  print(ask(b"CONNECT " + host + b":443 HTTP/1.1\\r\\n\\r\\n"), ask(b"GET http://" + host + b"/ HTTP/1.1\\r\\nHost: " + host
    + b"\\r\\n\\r\\n"), ask(b"GET http://web.test/ HTTP/1.1\\r\\nHost: " + host + b"\\r\\n\\r\\n"), host)
print(ask(b"CONNECT WEB.test:443 HTTP/1.1\\r\\n\\r\\n"), ask(b"GET http://web.test/ HTTP/1.1\\r\\nHost: WEB.TEST\\r\\n\\r\\n"), "control")`;

/** A second request behind the first, which ends where each of these says it does. */
const SMUGGLED = `import socket
second = b"GET /smuggled HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n"
for lines, body in ((b"", b""), (b"Content-Length: 1\\r\\n", b"x"), (b"Transfer-Encoding: chunked\\r\\n", b"1\\r\\nx\\r\\n0\\r\\n\\r\\n"),
  (b"Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n", b"0\\r\\n\\r\\n"), (b"Transfer-Encoding: xchunked\\r\\n", b""),
  (b"Upgrade: websocket\\r\\nConnection: Upgrade\\r\\n", b""), (b"Upgrade: h2c\\r\\nConnection: Upgrade, HTTP2-Settings\\r\\n", b""),
  (b"Content-Length: 0\\r\\nContent-Length: 60\\r\\n", b""), (b"Connection: host, content-length\\r\\n", b"")):
  connection = socket.create_connection(("127.0.0.1", 38128))
  connection.settimeout(2)
  connection.sendall(b"GET http://web.test/first HTTP/1.1\\r\\nHost: web.test\\r\\n" + lines + b"\\r\\n" + body + second)
  try:
    while connection.recv(65536): pass
  except OSError: pass`;

describe("what a client says to the proxy", () => {
  for (const flags of [
    ["--allow", "web.test"],
    ["--network", "open"],
  ]) {
    test(`reaches nothing else, however a host is written (${flags.join(" ")})`, (t) => {
      const internet = requireInternet(t);
      if (!internet) return;
      using world = new ConnectedWorld(internet);
      world.write("work/project/spellings.py", SPELLINGS);
      const lines = world.online("python3 spellings.py", flags).stdout.trim().split("\n");
      assert.equal(lines.pop(), "200 200 control");
      assert.equal(lines.length, 21);
      for (const line of lines) assert.match(line, /^(?:40[03] ){3}/u);
    });
  }

  test("is one request, whatever follows it", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    world.write("work/project/smuggled.py", SMUGGLED);
    world.online("python3 smuggled.py", ["--allow", "web.test"]);
    const paths = internet.requests().map(({ path }) => path);
    assert.ok(paths.filter((path) => path === "/first").length >= 4, "the control");
    assert.ok(!paths.includes("/smuggled"));
  });

  test("does not make anybody look a name up that no rule allows", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const look = (name: string) => `getent ahosts ${name}; python3 probe.py tunnel ${name} 443
      python3 probe.py socks ${name} 443; curl -sk --connect-to ::127.0.0.1:443 https://${name}/`;
    world.online(look("secret.away.test"), ["--allow", "*.wild.test"]);
    world.online(look("known.wild.test"), ["--allow", "*.wild.test"]);
    const names = new Set(internet.queries().map(({ name }) => name));
    assert.ok(names.has("known.wild.test"), "the control");
    assert.ok(!names.has("secret.away.test"));
  });
});
