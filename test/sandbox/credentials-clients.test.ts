import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { RUNTIME, WITHOUT_PROXY } from "../internet/clients.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";

/** Programs inside believe pale where it stands in for a host, and the system's authorities. */

const VALUE = "sk-real-0123456789abcdef";
const KEY = `{ header = "x-api-key", secret = "key", env = "API_KEY" }`;

const FETCH = `fetch(process.argv.at(-1)).then(async (r) => console.log(await r.text()))`;
const HTTP2 = `const s = require("node:http2").connect("https://h2.test")
  s.request({ ":path": "/two" }).setEncoding("utf8").on("data", console.log).on("end", () => s.close())`;
const JAVA = `class Ask { public static void main(String[] a) throws Exception {
  var c = java.net.http.HttpClient.newHttpClient();
  var r = java.net.http.HttpRequest.newBuilder(java.net.URI.create(a[0])).build();
  System.out.println(c.send(r, java.net.http.HttpResponse.BodyHandlers.ofString()).body()); } }`;

const GO = `package main
import ("fmt"; "io"; "net/http"; "os")
func main() {
  r, err := http.Get(os.Args[1])
  if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }
  b, _ := io.ReadAll(r.Body)
  fmt.Print(string(b))
}`;
/** Its cache is below HOME otherwise. */
const RUN_GO = `cat >ask.go <<'END'
${GO}
END
GOCACHE=/tmp/go GOFLAGS=-mod=mod GOTOOLCHAIN=local go build -o ask ask.go`;

/** A Java or a Go that compiles is large, and not everywhere: test/certificates/java-store.test.ts reads its store. */
type Client = { name: string; needs: readonly string[]; script: string };

const DIRECT = `${WITHOUT_PROXY} `;
const CLIENTS: readonly Client[] = [
  { name: "curl", needs: [], script: "curl -sS https://web.test/headers" },
  {
    name: "curl without its variables",
    needs: [],
    script: "env -u CURL_CA_BUNDLE -u SSL_CERT_FILE curl -sS https://web.test/headers",
  },
  { name: "wget", needs: ["/usr/bin/wget"], script: "wget -qO- https://web.test/headers" },
  {
    name: "git",
    needs: [],
    script: "git ls-remote https://web.test/repository.git && curl -sS https://web.test/headers",
  },
  {
    name: "node's https",
    needs: [],
    script: `${DIRECT} node -e 'require("node:https").get("https://web.test/headers", (r) => r.pipe(process.stdout))'`,
  },
  {
    name: "node's fetch",
    needs: [],
    script: `${DIRECT} node -e '${FETCH}' https://web.test/headers`,
  },
  { name: "bun's fetch", needs: [], script: `'${RUNTIME}' -e '${FETCH}' https://web.test/headers` },
  {
    name: "Python's urllib",
    needs: ["/usr/bin/python3"],
    script: `/usr/bin/python3 -c 'import urllib.request as r; print(r.urlopen("https://web.test/headers").read().decode())'`,
  },
  {
    name: "Python's http.client",
    needs: ["/usr/bin/python3"],
    script: `${DIRECT} /usr/bin/python3 -c 'import http.client as h
c = h.HTTPSConnection("web.test"); c.request("GET", "/headers"); print(c.getresponse().read().decode())'`,
  },
  {
    name: "openssl",
    needs: ["/usr/bin/openssl"],
    script: `printf 'GET /headers HTTP/1.1\\r\\nHost: web.test\\r\\n\\r\\n' |
    openssl s_client -quiet -ign_eof -verify_return_error -proxy 127.0.0.1:38128 -servername web.test -connect web.test:443`,
  },
  { name: "Go", needs: ["/usr/bin/go"], script: `${RUN_GO} && ./ask https://web.test/headers` },
  {
    name: "Go without proxy",
    needs: ["/usr/bin/go"],
    script: `${RUN_GO} && ${DIRECT} ./ask https://web.test/headers`,
  },
  {
    name: "Java",
    needs: ["/usr/bin/javac"],
    script: `cat >Ask.java <<'END'
${JAVA}
END
javac Ask.java && java -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=38128 Ask https://web.test/headers`,
  },
];

function makeWorld(internet: Internet, more = ""): ConnectedWorld {
  const world = new ConnectedWorld(internet);
  const hosts = ["web.test", "h2.test"].map((host) => `{ host = "${host}", inject = ${KEY} }`);
  world.write(
    ".config/pale/config.toml",
    `allow = ["other.test"]\nmounts = [{ host = "${dirname(RUNTIME)}", access = "ro" }]\nproxies = [${hosts.join(", ")}]\n${more}`,
  );
  world.write(".config/pale/secrets.toml", `[key]\nvalue = "${VALUE}"\n`, 0o600);
  return world;
}

describe("a host of `proxies`", () => {
  const startInternet = useInternet();

  for (const { name, needs, script } of CLIENTS) {
    test(`is believed by ${name}`, (t) => {
      const internet = startInternet(t);
      if (!internet) return;
      if (!needs.every((file) => existsSync(file))) return t.skip(`no ${needs.join()}`);
      using world = makeWorld(internet);
      const before = internet.requests().length;
      const { stdout, stderr } = world.inside(script, { env: { SSL_CERT_FILE: internet.caFile } });
      assert.match(stdout, /"x-api-key":"sk-[a-z]{4}-\d{10}[a-z]{6}"/u, stderr);
      const seen = internet
        .requests()
        .slice(before)
        .find(({ path }) => path === "/headers");
      assert.equal(seen?.headers["x-api-key"], VALUE);
    });
  }

  test("is believed by node's HTTP/2 and curl's", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    const script = `${DIRECT} node -e '${HTTP2}'; curl -sS --http2 https://h2.test/three`;
    const { stdout, stderr } = world.inside(script, { env: { SSL_CERT_FILE: internet.caFile } });
    assert.match(stdout, /HTTP\/2\.0 \/two\s+HTTP\/2\.0 \/three/u, stderr);
  });

  test("is the only one whose certificate is another inside", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    const print = (host: string) => `openssl s_client -proxy 127.0.0.1:38128 -servername ${host} \
      -connect ${host}:443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256`;
    const script = `${print("other.test")}; ${print("web.test")}`;
    const { stdout } = world.inside(script, { env: { SSL_CERT_FILE: internet.caFile } });
    const file = join(internet.directory, "server.pem");
    const real = world.outside(`openssl x509 -in ${file} -noout -fingerprint -sha256`);
    const [other, proxied] = stdout.trim().split("\n");
    assert.equal(other, real.stdout.trim());
    assert.match(proxied ?? "", /^sha256 Fingerprint=/iu);
    assert.notEqual(proxied, other);
  });

  test("is believed beside authorities of the user's own", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    world.write("company.pem", `# a note\n${readFileSync(internet.caFile, "utf8")}`);
    const flags = ["-e", `NODE_EXTRA_CA_CERTS=${world.home}/company.pem`];
    const script = `${DIRECT} node -e '${FETCH}' https://other.test/; cat $NODE_EXTRA_CA_CERTS | grep -c 'a note'`;
    const { stdout, stderr } = world.inside(script, { flags });
    assert.match(stdout, /^other\.test at /u, stderr);
    assert.match(stdout, /^0$/mu);
    const control = world.inside(script);
    assert.doesNotMatch(control.stdout, /other\.test at /u);
  });

  test("has a launch refused that would lose the user's authorities", (t) => {
    const internet = startInternet(t);
    if (!internet) return;
    using world = makeWorld(internet);
    const { stderr, status } = world.inside("true", {
      flags: ["-e", "SSL_CERT_FILE=/nowhere.pem"],
    });
    assert.notEqual(status, 0);
    assert.match(stderr, /`SSL_CERT_FILE` names `\/nowhere\.pem`, which holds no certificates/u);
  });
});
