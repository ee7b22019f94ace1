import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { makeWorld, why } from "./why-world.ts";

describe("pale why HOST", () => {
  const rows: [args: string[], expected: string][] = [
    [
      ["a.test", "--profile", "tool"],
      `host a.test:443: allowed
  allow: \`a.test\`  # ~/.config/pale/config.toml:9
  keep it out: pale deny a.test --profile tool
`,
    ],
    [
      ["https://b.test/x", "--profile", "tool"],
      `host b.test:443: denied
  this host is allowed on other ports only
  allow it, for one run: pale run --allow b.test
  for good: pale allow b.test --profile tool
`,
    ],
    [
      ["bad.test:1", "--profile", "wide"],
      `host bad.test:1: denied
  a deny rule names it: \`bad.test\`  # ~/.config/pale/config.toml:17
  no rule allows what \`deny\` names: take \`bad.test\` out
`,
    ],
    [
      ["any.test", "--profile", "wide"],
      `host any.test:443: allowed
  network = "open": every public host  # ~/.config/pale/config.toml:16
  keep it out: pale deny any.test --profile wide
`,
    ],
    [
      ["a.test", "--profile", "offline"],
      `host a.test:443: denied
  network = "none": no host at all  # ~/.config/pale/config.toml:14
  let allowed hosts be reached: --network filtered
`,
    ],
    [
      ["other.test"],
      `host other.test:443: denied
  this host is not on the list of allowed hosts
  allow it, for one run: pale run --allow other.test
  for good: pale allow other.test
`,
    ],
    [
      ["other.test", "--", "--allow", "*.test"],
      `host other.test:443: allowed
  allow: \`*.test\`  # --allow
  keep it out: pale deny other.test
`,
    ],
    [
      ["localhost:9090", "--profile", "tool"],
      `host localhost:9090: allowed
  leads to port 8080 of the host's loopback  # ~/.config/pale/config.toml:11
`,
    ],
    [
      ["localhost:8080"],
      `host localhost:8080: denied
  this name means the host's own loopback
  show it inside, for one run: pale run -f 8080
  for good, at the top of config.toml: forwards = [{ host_port = 8080 }]
`,
    ],
    [
      ["api.test:99", "--profile", "tool"],
      `host api.test:99: allowed
  allow: \`api.test:99\`  # ~/.config/pale/config.toml:12
  keep it out: pale deny api.test --profile tool
`,
    ],
    [["a b"], "pale: `a b` cannot be a host\n  HOST or HOST:PORT\n"],
  ];
  for (const [args, expected] of rows) {
    test(args.join(" "), (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld();
      assert.equal(why(world, args, { MY_URL: "http://api.test:99/v1" }), expected);
    });
  }
});

describe("pale why VARIABLE", () => {
  const rows: [args: string[], expected: string][] = [
    [
      ["TOKEN"],
      `variable TOKEN: passed
  \`TOKEN\` is passed  # ~/.config/pale/config.toml:1
  set it: -e TOKEN=VALUE
`,
    ],
    [
      ["$MY_OTHER"],
      `variable MY_OTHER: absent
  \`MY_*\` is passed, but you have not set it  # ~/.config/pale/config.toml:1
  set it: -e MY_OTHER=VALUE
  or outside: export MY_OTHER=VALUE
`,
    ],
    [
      ["MODE"],
      `variable MODE: set
  \`MODE=fast\`  # ~/.config/pale/config.toml:2
  set it otherwise: -e MODE=VALUE
`,
    ],
    [
      ["MODE", "--", "-e", "MODE=slow"],
      `variable MODE: set
  \`MODE=slow\`  # --env
  set it otherwise: -e MODE=VALUE
`,
    ],
    [
      ["SECRET"],
      `variable SECRET: absent
  nothing passes or sets it
  pass it, for one run: pale run -e SECRET
  for good, at the top of config.toml: env.pass = ["SECRET"]
`,
    ],
    [
      ["TERM"],
      "variable TERM: passed\n  passed to every sandbox: terminal, locale and identity  # pale's default\n",
    ],
    [["PATH"], "variable PATH: set\n  pale sets it in every sandbox  # pale's default\n"],
    [
      ["TOOL_STATE"],
      "variable TOOL_STATE: set\n  to where the mount is inside  # ~/.config/pale/config.toml:5\n",
    ],
    [
      ["--var", "lower"],
      `variable lower: absent
  nothing passes or sets it
  pass it, for one run: pale run -e lower
  for good, at the top of config.toml: env.pass = ["lower"]
`,
    ],
  ];
  const env = { TOKEN: "planted-secret", SECRET: "planted-secret" };
  for (const [args, expected] of rows) {
    test(args.join(" "), (t) => {
      if (!requireSandbox(t)) return;
      using world = makeWorld();
      assert.equal(why(world, args, env), expected);
    });
  }

  test("agrees with what a sandbox has", (t) => {
    if (!requireSandbox(t)) return;
    using world = makeWorld();
    const names = ["TOKEN", "MY_OTHER", "MODE", "SECRET", "TERM", "PATH", "TOOL_STATE", "USER"];
    const { stdout } = world.inside("env", { env });
    for (const name of names) {
      const { state } = JSON.parse(world.pale(["why", "--json", "--var", name], { env }).stdout);
      assert.equal(
        state !== "absent",
        stdout.split("\n").some((line) => line.startsWith(`${name}=`)),
        name,
      );
    }
  });
});
