import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { MUTATIONS } from "./mutations.ts";
import { NixStore, requireNix } from "./store.ts";

type Summary = {
  packages: string[];
  files: string[];
  shells: string[];
  refused: string[];
  warnings: string[];
};

const SHELLS = ["bash", "fish", "zsh"];
const CONFIGURATION = ["pale/config.toml"];
const pale = "pale 1, priority 5";

/** What becomes of the configurations of test/nix/cases.nix; what is not said is empty. */
const EXPECTED: Record<string, Partial<Summary>> = {
  nothing: {},
  "agents without enable": {
    warnings: ["programs.pale.agents has no effect without `programs.pale.enable = true`."],
  },
  "enable alone": { packages: [pale] },
  "two agents": {
    packages: [
      pale,
      "claude 1.2.3, priority 5",
      "codex 1.2.3, priority 5",
      "claude 1.2.3, priority -1",
      "codex 1.2.3, priority -1",
    ],
    files: CONFIGURATION,
    shells: SHELLS,
  },
  "an agent that is installed elsewhere": {
    packages: [pale, "pi 1, priority -1"],
    shells: ["bash", "fish"],
  },
  "an agent that is not enabled": {
    packages: [pale],
    warnings: ["programs.pale.agents.claude has no effect without `enable = true`."],
  },
  "names that clash": {
    refused: [
      "programs.pale.agents: two commands have the same name, of claude, codex, claude-raw, claude.",
    ],
  },
  "names that are none": {
    refused: [
      "programs.pale.agents: names of commands are letters, digits and _.+-, not a b, a b-raw.",
      "programs.pale.agents: `pale` is what shims start, it has none itself.",
    ],
  },
  "a profile in two places": {
    files: CONFIGURATION,
    refused: ["programs.pale: a profile is in `profiles` or in `settings.profile`, not in both."],
  },
  "hosts that nothing reaches": {
    packages: [pale],
    files: CONFIGURATION,
    warnings: [
      'programs.pale.profiles.open: `allow` has no effect with `network = "host"`.',
      'programs.pale.settings: `allow` has no effect with `network = "none"`.',
    ],
  },
  "nothing on NixOS": {},
  NixOS: {
    packages: [pale, "claude 1.2.3, priority 5", "claude 1.2.3, priority -1"],
    files: CONFIGURATION,
    shells: SHELLS,
  },
  "NixOS without user namespaces": {
    refused: [
      "programs.pale: bubblewrap makes user namespaces; `security.allowUserNamespaces` must be true.",
      "programs.pale: bubblewrap makes user namespaces; `boot.kernel.sysctl` must not forbid them.",
    ],
  },
  "NixOS as hardened kernels have it": {
    refused: [
      "programs.pale: bubblewrap makes user namespaces; `boot.kernel.sysctl` must not forbid them.",
    ],
  },
};

const WRONG: Record<string, string> = {
  "an option that is none": "The option `programs.pale.agent' does not exist.",
  "a network that is none":
    'A definition for option `programs.pale.settings.network\' is not of type `null or one of "none", "filtered", "open", "host"\'.',
  "a port that is none":
    "A definition for option `programs.pale.settings.forwards.host_port' is not of type `integer between 1 and 65535 (both inclusive)'.",
  "a mount without a path":
    "The option `programs.pale.profiles.mine.mounts.host' was accessed but has no value defined. Try setting the option.",
  "a shim of one's own in the place of finalPackage":
    "The option `programs.pale.agents.claude.finalPackage' is read-only, but it's set multiple times.",
};

const SHIMS = {
  accepted: [],
  shims: [
    `: STORE-pale-config.toml
STORE-pale/bin/pale shims generate "$out" --pale STORE-pale/bin/pale --shim '{"arguments":["--fast","it'\\''s"],"name":"claude","profile":"claude","program":"STORE-claude-1.2.3/bin/claude","raw":"claude-raw"}'`,
    `: STORE-pale-config.toml
STORE-pale/bin/pale shims generate "$out" --pale STORE-pale/bin/pale --shim '{"arguments":[],"name":"codex","profile":"work","program":"STORE-codex-1.2.3/bin/codex-cli","raw":null}'`,
  ],
  meta: { description: "Agent claude", mainProgram: "claude", priority: -1 },
  bash: `case ":$PATH:" in
  ":STORE-pale-shims/bin:"*) ;;
  *) export PATH="STORE-pale-shims/bin:$PATH" ;;
esac
`,
  fish: `if test "$PATH[1]" != "STORE-pale-shims/bin"
  set -gx PATH "STORE-pale-shims/bin" $PATH
end
`,
};

describe("the modules", () => {
  test("make packages, files and complaints of each configuration", (context) => {
    if (!requireNix(context)) return;
    using store = new NixStore();
    checkAll(store);
  });

  test("do not evaluate with what is wrong", (context) => {
    if (!requireNix(context)) return;
    using store = new NixStore();
    for (const [name, message] of Object.entries(WRONG)) {
      assert.throws(
        () => store.evaluate("cases", `wrong."${name}"`),
        (error: Error) => error.message.startsWith(`error: ${message}\n`),
        name,
      );
    }
  });

  // The controls of these tests: without the change all of the above holds.
  test("are noticed to have changed", (context) => {
    if (!requireNix(context)) return;
    using store = new NixStore();
    for (const { file, from, to } of MUTATIONS) {
      const path = join(store.source, "nix", file);
      const text = readFileSync(path, "utf8");
      assert.ok(text.includes(from), `${file} has ${from}`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
      assert.throws(() => checkAll(store), `${file}: ${from} -> ${to}`);
      writeFileSync(path, text);
    }
    checkAll(store);
  });
});

function checkAll(store: NixStore): void {
  const text = JSON.stringify(store.evaluate("cases", "everything"));
  const { cases, ...shims } = JSON.parse(text.replaceAll(STORE, "STORE"));
  const empty: Summary = { packages: [], files: [], shells: [], refused: [], warnings: [] };
  const expected = Object.entries(EXPECTED).map(([name, said]) => [name, { ...empty, ...said }]);
  assert.deepEqual(cases, Object.fromEntries(expected));
  assert.deepEqual(shims, SHIMS);
}

const STORE = /\/nix\/store\/[0-9a-z]{32}/gu;
