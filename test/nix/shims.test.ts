import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "smol-toml";
import { requireStore } from "./store.ts";

describe("a profile with agents and their shims", () => {
  test("has the shims for commands, and the real ones behind them", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const profile = store.build("builds", "environment");
    const bin = store.locate(join(profile, "bin"));
    const names = ["claude", "claude-raw", "codex", "gemini", "gemini-outside", "pale"];
    assert.deepEqual(readdirSync(bin).sort(), names);
    const read = (name: string) => {
      const text = readFileSync(store.locate(readlinkSync(join(bin, name))), "utf8");
      return text
        .replaceAll(/\/nix\/store\/[0-9a-z]{32}/gu, "STORE")
        .split("\n")
        .at(-2);
    };
    assert.match(
      read("claude") ?? "",
      /^exec STORE-pale\/bin\/pale run .*--program STORE-claude-1\.2\.3\/bin\/claude .*-- claude 'it'\\''s' "\$@"$/u,
    );
    assert.equal(read("claude-raw"), 'exec STORE-claude-1.2.3/bin/claude "$@"');
    assert.match(
      read("gemini") ?? "",
      /^exec STORE-pale\/bin\/pale run .*--profile gemini -- gemini "\$@"$/u,
    );
    const raw = store.run([join(profile, "bin/claude-raw"), "hello"]);
    assert.equal(raw.stdout, "claude is here\nhello\n");
  });

  test("would not build without their priority: the control", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const { status, stderr } = store.attempt("builds", "withoutPriority");
    assert.notEqual(status, 0);
    assert.match(stderr, /two packages have bin\/claude/u);
  });
});

describe("settings", () => {
  test("are what the file says, and nothing else", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const path = store.build("builds", "configuration");
    // Through JSON: what the parser makes has no prototype.
    const read = JSON.parse(JSON.stringify(parse(readFileSync(store.locate(path), "utf8"))));
    assert.deepEqual(read, {
      uses: ["node"],
      publish: "auto",
      git_identity: false,
      limits: { memory: "4G" },
      project: { "/home/ada/work": { network: "open" } },
      mounts: [{ host: '~/notes "quoted"', access: "rw" }],
      profile: { mine: {}, yours: { forwards: [{ host_port: 8080 }] } },
    });
  });

  const wrong: Record<string, RegExp> = {
    profile: /pale: unknown profile `cluade`\n {2}at the shim `claude`\n {2}did you mean `claude`/u,
    uses: /pale: unknown profile `nobody`\n {2}at \/nix\/store\/.*-pale-config.toml:1\n/u,
    key: /pale: .*`netwrok`/u,
    value:
      /pale: `allow\[0\]`: a host name is letters.*\n {2}at \/nix\/store\/.*-pale-config.toml:1\n/u,
    shell: /pale: unknown profile `cluade`\n/u,
    twin: /two commands have the same name, of claude, codex, codex/u,
  };
  test("that are wrong are refused by pale when they are built", (context) => {
    const store = requireStore(context);
    if (!store) return;
    for (const [name, message] of Object.entries(wrong)) {
      const { status, stderr } = store.attempt("builds", `wrong.${name}`);
      assert.notEqual(status, 0, name);
      assert.match(stderr, message);
    }
  });
});

describe("shims of a shell", () => {
  test("are the same bytes each time, and carry their settings compiled", (context) => {
    const store = requireStore(context);
    if (!store) return;
    const path = store.build("builds", "shell");
    const shim = readFileSync(
      store.locate(readlinkSync(store.locate(`${path}/bin/claude`))),
      "utf8",
    );
    assert.match(
      shim,
      /--plan [0-9a-f]{64}:\/nix\/store\/.*-pale-config\.toml --program \/nix\/store\//u,
    );
    // Nix builds it again, and compares.
    const again = store.attempt("builds", "shell", ["--check"]);
    assert.equal(again.status, 0, again.stderr);
  });
});
