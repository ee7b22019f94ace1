import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { homedir } from "node:os";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { UserError } from "../../src/errors.ts";
import { readRegistries } from "../../src/host/registries.ts";
import { readRegistryUrl } from "../../src/host/registry-url.ts";
import { parseHostRule } from "../../src/proxy/host-rule.ts";
import { REGISTRIES } from "../../src/policy.ts";
import { anyOf } from "../helpers/arbitrary.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool, skip } from "../helpers/requires.ts";
import { catchUserErrors, rejectedUserErrors } from "../helpers/user-errors.ts";
import { installCargo, installNpm, installPip, makeQuestion, readOne } from "./registry-world.ts";

describe("readRegistryUrl", () => {
  const rows: [string, string | undefined, string?][] = [
    ["https://npm.example.test", "npm.example.test", "https://npm.example.test/"],
    ["http://npm.example.test/x", "npm.example.test", "http://npm.example.test/x"],
    ["https://NPM.example.test:443/", "npm.example.test", "https://npm.example.test/"],
    ["https://npm.example.test:4873/", "npm.example.test:4873", "https://npm.example.test:4873/"],
    ["http://npm.example.test:443/", "npm.example.test:443", "http://npm.example.test:443/"],
    [
      "https://user:word@npm.example.test/x?a=b#c",
      "npm.example.test",
      "https://npm.example.test/x",
    ],
    ["http://localhost:4873/", "localhost:4873", "http://localhost:4873/"],
    ["http://localhost/", "localhost:80", "http://localhost/"],
    ["https://10.1.2.3/artifactory/npm/", "10.1.2.3:443", "https://10.1.2.3/artifactory/npm/"],
    ["https://[fd00::1]/", "[fd00::1]:443", "https://[fd00::1]/"],
    ["sparse+https://a.test/i/", "a.test", "sparse+https://a.test/i/"],
    ["https://b\u00FCcher.test/", "xn--bcher-kva.test", "https://xn--bcher-kva.test/"],
    ["file:///opt/wheels", undefined],
    ["/opt/wheels", undefined],
    ["ssh://git@a.test/x", undefined],
    ["git@a.test:x.git", undefined],
    ["https://", undefined],
    ["", undefined],
  ];
  for (const [value, rule, url] of rows) {
    test(`reads ${JSON.stringify(value)}`, () => {
      const read = readRegistryUrl({ name: "x", value, origin: "here" });
      assert.deepEqual([read?.host.rule, read?.url], [rule, url]);
    });
  }

  test("refuses a host that no rule can name, and shows the host only", () => {
    const setting = { name: "x", value: "https://u:hunter2@a_b-.test./hunter2", origin: "f:1" };
    const [error] = catchUserErrors(() => readRegistryUrl(setting));
    assert.match(error?.message ?? "", /^`a_b-\.test\.`: /u);
    assert.equal(error?.origin, "f:1");
    assert.doesNotMatch(JSON.stringify(error), /hunter2/u);
  });

  test("makes only rules that can be read, in their normal form, of any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), (value) => {
        const read = attempt(() => readRegistryUrl({ name: "x", value, origin: "" }));
        if (!read) return;
        const rule = parseHostRule(read.host.rule);
        assert.equal("problem" in rule ? rule.problem : rule.text, read.host.rule);
      }),
    );
  });
});

describe("readRegistries", () => {
  test("answers in order, each once, and nothing for nothing", async () => {
    using folder = new Folder();
    installNpm(folder);
    installPip(folder);
    installCargo(folder);
    const question = makeQuestion(folder);
    const facts = await readRegistries(["cargo", "npm", "cargo", "pip"], question);
    assert.deepEqual(
      facts.map(({ registry }) => registry),
      ["cargo", "npm", "pip"],
    );
    assert.deepEqual(await readRegistries([], question), []);
  });

  test("says how to go on when nothing tells the registry", async () => {
    for (const registry of REGISTRIES) {
      using folder = new Folder();
      const [error] = await rejectedUserErrors(readOne(registry, folder));
      assert.equal(error?.message, `\`${registry}\`: cannot tell which registry ${registry} uses`);
      assert.match(
        error?.hint ?? "",
        /^configure it .*, or use `allow = \["HOST"\]` instead of `/u,
      );
    }
  });

  test("lets no password or token out, wherever it stands", async () => {
    const secret = fc.stringMatching(/^hunter2[A-Za-z0-9_-]{0,20}$/u);
    await fc.assert(
      fc.asyncProperty(secret, fc.boolean(), async (secret, isInVariables) => {
        using folder = new Folder();
        const environment = plantSecrets(folder, secret, isInVariables);
        const facts = await readRegistries(REGISTRIES, makeQuestion(folder, environment));
        assert.equal(facts.length, 3);
        assert.ok(
          facts.every(({ hosts }) => hosts.some(({ rule }) => rule === "corp.example.test")),
        );
        assert.ok(
          facts.every(({ withheld }) => withheld.some(({ kind }) => kind === "credentials")),
        );
        assert.ok(!JSON.stringify(facts).includes("hunter2"), JSON.stringify(facts));
        assert.deepEqual(
          facts.flatMap(({ files }) => files),
          [],
        );
      }),
      { numRuns: 30 },
    );
  });

  test("refuses what is no file or too long, and waits for nothing", async (context) => {
    if (!requireTool(context, "mkfifo")) return;
    const made: Record<string, (path: string, folder: Folder) => unknown> = {
      fifo: (path, folder) => spawnSync("mkfifo", [folder.at(path)]),
      directory: (path, folder) => folder.directory(path),
      huge: (path, folder) => folder.write(path, "; x\n".repeat(70_000)),
      endless: (path, folder) => folder.link(path, "/dev/zero"),
    };
    for (const [kind, make] of Object.entries(made)) {
      for (const [registry, path] of FILES) {
        using folder = new Folder();
        installAll(folder);
        folder.directory(`home/${path}/..`);
        assert.equal((await readOne(registry, folder)).registry, registry, "control");
        make(`home/${path}`, folder);
        const [error] = await rejectedUserErrors(readOne(registry, folder));
        const file = folder.at(`home/${path}`);
        assert.equal(error?.message, `cannot read the registry configuration \`${file}\``, kind);
      }
    }
  });

  test("refuses a file that may not be read, but not one that is not there", async (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may read everything");
    using folder = new Folder();
    installAll(folder);
    folder.link("home/.npmrc", "missing");
    assert.equal((await readOne("npm", folder)).hosts.length, 1, "control");
    chmodSync(folder.write("home/missing", "registry=https://a.test/"), 0o000);
    assert.equal((await rejectedUserErrors(readOne("npm", folder))).length, 1);
  });

  test("goes past pipes and links in circles where tools keep theirs", async (context) => {
    if (!requireTool(context, "mkfifo")) return;
    using folder = new Folder();
    installAll(folder);
    folder.directory("home/.cargo/registry/index/index.built-in.test-0123456789abcdef");
    const kept = folder.at("home/.cargo/registry/index/index.built-in.test-0123456789abcdef");
    spawnSync("mkfifo", [`${kept}/config.json`]);
    folder.link("home/.local/lib/python3.9/site-packages", "site-packages");
    const facts = await readRegistries(REGISTRIES, makeQuestion(folder));
    assert.deepEqual(
      facts.map(({ hosts }) => hosts.length),
      [1, 2, 2],
    );
  });

  test("ends for any bytes in the files, with an answer or a user's error", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({
        unit: anyOf("=[]:\n ${}\\\"'#;@a/registryindex-url"),
        maxLength: 120,
      }),
      fc.constantFrom(
        " ".repeat(200_000),
        `a${" ".repeat(200_000)}b`,
        "\\".repeat(200_000),
        "${".repeat(100_000),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FILES), bytes, async ([registry, path], content) => {
        using folder = new Folder();
        installAll(folder);
        folder.write(
          `home/${path}`,
          typeof content === "string" ? content : Buffer.from(content).toString("latin1"),
        );
        await readOne(registry, folder).catch((error: unknown) => {
          if (!(error instanceof UserError)) throw error;
        });
      }),
    );
  });

  test("finds a host for the npm of this machine", async (context) => {
    if (!requireTool(context, "npm")) return;
    const question = {
      home: homedir(),
      environment: {},
      search: { path: process.env["PATH"], workingDirectory: "/", shimDirectories: [] },
      writable: [process.cwd()],
      etc: "/etc",
    };
    const [fact] = await readRegistries(["npm"], question);
    assert.ok(fact && fact.hosts.length > 0);
  });
});

const FILES = [
  ["npm", ".npmrc"],
  ["pip", ".config/pip/pip.conf"],
  ["pip", ".config/uv/uv.toml"],
  ["cargo", ".cargo/config.toml"],
] as const;

function installAll(folder: Folder): void {
  installNpm(folder);
  installPip(folder);
  installCargo(folder);
}

/** A secret in every place where one may stand; the registries' hosts are `corp.example.test`. */
function plantSecrets(folder: Folder, secret: string, isInVariables: boolean) {
  installAll(folder);
  const url = `https://user:${secret}@corp.example.test/x/?token=${secret}#${secret}`;
  const npmrc = `registry=https://\${NAME}:\${WORD}@corp.example.test/
//corp.example.test/:_authToken=${secret}\n_auth=${secret}\n//corp.example.test/:_password=${secret}
@corp:registry="${url}"\ncafile=${secret}\n`;
  folder.write("home/.npmrc", npmrc);
  folder.write(
    "home/.config/pip/pip.conf",
    `[global]\nindex-url = ${url}\nextra-index-url = ${url}\nproxy = ${url}\n`,
  );
  folder.write("home/.config/uv/uv.toml", `[[index]]\nname = "a"\nurl = "${url}"\n`);
  const cargo = `[registries.a]\nindex = "sparse+${url}"\ntoken = "${secret}"\n[source.b]\nregistry = "${url}"\n`;
  folder.write("home/.cargo/config.toml", cargo);
  folder.write("home/.cargo/credentials.toml", `[registries.a]\ntoken = "${secret}"\n`);
  const variables = {
    "npm_config_@b:registry": url,
    "npm_config_//corp.example.test/:_authToken": secret,
    PIP_INDEX_URL: url,
    PIP_TRUSTED_HOST: `corp.example.test`,
    UV_DEFAULT_INDEX: url,
    UV_INDEX_A_PASSWORD: secret,
    CARGO_REGISTRIES_C_INDEX: `sparse+${url}`,
    CARGO_REGISTRIES_C_TOKEN: secret,
    CARGO_REGISTRY_TOKEN: secret,
  };
  return { NAME: secret, WORD: secret, ...(isInVariables && variables) };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
