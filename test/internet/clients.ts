import { realpathSync } from "node:fs";

/** Programs that ask `https://HOST/` (or the like) for its greeting, as shell scripts. */

export type Client = {
  name: string;
  script: (host: string) => string;
  /** What it prints of an answer; `HOST` stands for the host. */
  answer: RegExp;
  /** What it says, on either output, of a host that is refused. */
  refused: RegExp;
  /** What the log has as the host's port. */
  port?: number | undefined;
};

/** As if there were no proxy: what is left are the doors that pose as every server. */
export const WITHOUT_PROXY = `env ${["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()])
  .map((name) => `-u ${name}`)
  .join(" ")}`;

const ANSWER = /^HOST at /mu;
const BY_NAME = /(?:not resolve|not known|ENOTFOUND|NXDOMAIN)/iu;
const BY_PROXY = /403 pale: HOST:443 is refused: .* \(pale allow HOST\)/u;

const URLLIB = `python3 -c 'import sys, urllib.request as r
print(r.urlopen(sys.argv[1]).read().decode())'`;
const FETCH = `fetch(process.argv.at(-1)).then(async (r) => {
  process.exitCode = r.ok ? 0 : 1
  console.log(r.status, r.statusText)
  console.log(await r.text())
}, (e) => { console.error(e, e.cause); process.exitCode = 1 })`;

/** The runtime of the tests, which is Claude's too; must be shown read-only. */
export const RUNTIME = realpathSync(process.execPath);

const node = `node -e '${FETCH}'`;
const bun = `'${RUNTIME}' -e '${FETCH}'`;

export const CLIENTS: readonly Client[] = [
  client("curl by its variables", (host) => `curl -sSv https://${host}/`, BY_PROXY),
  client("curl, plain HTTP by its variables", (host) => `curl -sSf -v http://${host}/`, {
    refused: /403 pale: HOST:80 is refused: .* \(pale allow HOST\)/u,
    port: 80,
  }),
  client("curl by SOCKS", (host) => `curl -sSx socks5h://127.0.0.1:38108 https://${host}/`, {
    refused: /SOCKS5 .*\(2\)/u,
    port: 443,
  }),
  unproxied("curl without proxy", (host) => `curl -sS --noproxy '*' https://${host}/`),
  unproxied("curl without proxy, plain HTTP", (host) => `curl -sS --noproxy '*' http://${host}/`),
  client(
    "curl without proxy or name look-up",
    (host) => `curl -sS --noproxy '*' --resolve ${host}:443:127.0.0.1 https://${host}/`,
    { refused: /alert access denied|access_denied/u, port: 443 },
  ),
  client(
    "curl without proxy or name look-up, plain HTTP",
    (host) => `curl -sSfv --noproxy '*' --resolve ${host}:80:127.0.0.1 http://${host}/`,
    { refused: /403 pale: HOST:80 is refused: .* \(pale allow HOST\)/u, port: 80 },
  ),
  client("Python's urllib by its variables", (host) => `${URLLIB} https://${host}/`, BY_PROXY),
  unproxied("Python's urllib without", (host) => `${WITHOUT_PROXY} ${URLLIB} https://${host}/`),
  // Before version 24 node knows no proxy variables.
  client("node's fetch by its variables", (host) => `${node} https://${host}/`, {
    refused: /403|ENOTFOUND/u,
  }),
  unproxied("node's fetch without", (host) => `${WITHOUT_PROXY} ${node} https://${host}/`),
  client("bun's fetch by its variables", (host) => `${bun} https://${host}/`, {
    refused: /403/u,
    port: 443,
  }),
  client("bun's fetch without", (host) => `${WITHOUT_PROXY} ${bun} https://${host}/`, {
    refused: /ConnectionRefused|FailedToOpenSocket|Unable to connect|ENOTFOUND/u,
  }),
  socketClient("WebSocket in a tunnel", "tunnel", BY_PROXY),
  socketClient("WebSocket without proxy", "direct", { refused: BY_NAME }),
];

/** The pattern with the host's name in it. */
export function about(pattern: RegExp, host: string): RegExp {
  return new RegExp(
    pattern.source.replaceAll("HOST", host.replaceAll(".", String.raw`\.`)),
    pattern.flags,
  );
}

type Refused = RegExp | { refused: RegExp; port?: number; answer?: RegExp };

function client(name: string, script: Client["script"], refused: Refused): Client {
  if (refused instanceof RegExp) return { name, script, answer: ANSWER, refused, port: 443 };
  return { name, script, answer: ANSWER, port: undefined, ...refused };
}

function unproxied(name: string, script: Client["script"]): Client {
  return client(name, script, { refused: BY_NAME });
}

function socketClient(name: string, way: "tunnel" | "direct", refused: Refused): Client {
  const made = client(name, (host) => `python3 websocket.py ${way} ${host}`, refused);
  return { ...made, answer: /^echo from HOST$/mu };
}

/** Says `echo from HOST` in one short frame, and prints what comes back. */
export const WEBSOCKET_CLIENT = `import os, socket, ssl, sys, urllib.parse
way, host = sys.argv[1:]
if way == "tunnel":
  proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
  connection = socket.create_connection((proxy.hostname, proxy.port))
  connection.sendall(f"CONNECT {host}:443 HTTP/1.1\\r\\nHost: {host}:443\\r\\n\\r\\n".encode())
  head = connection.recv(4096).decode()
  if " 200 " not in head: sys.exit(head)
else:
  connection = socket.create_connection((host, 443))
secure = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
secure.sendall(f"GET /socket HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n"
  "Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n".encode())
stream = secure.makefile("rb")
status = stream.readline().decode()
if " 101 " not in status: sys.exit(status)
while stream.readline() != b"\\r\\n": pass
text = f"echo from {host}".encode()
secure.sendall(bytes([0x81, 0x80 | len(text), 1, 2, 3, 4]) + bytes(b ^ (i % 4 + 1) for i, b in enumerate(text)))
length = stream.read(2)[1]
print(stream.read(length).decode())
`;
