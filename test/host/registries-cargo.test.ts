import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { holdsSecrets } from "../../src/host/cargo-config.ts";
import { findSparseHost } from "../../src/host/cargo-default.ts";
import { parseIndexConfig } from "../../src/host/cargo-index.ts";
import { Folder } from "../helpers/folder.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";
import { installCargo, readOne, rulesOf, variablesOf } from "./registry-world.ts";

describe("findSparseHost", () => {
  const rows: [string, string | undefined][] = [
    ["xsparse+https://index.a.test/more", "index.a.test"],
    ["sparse+https://my-intranet:8080/index sparse+https://b.test/", "b.test"],
    ["sparse+https://index.a.test", undefined],
    ["https://index.a.test/", undefined],
    ["sparse+https://localhost/", undefined],
  ];
  for (const [text, expected] of rows) {
    test(`reads ${text}`, () => assert.equal(findSparseHost(text), expected));
  }
});

describe("parseIndexConfig", () => {
  const rows: [string, string[]][] = [
    [
      '{"dl":"https://static.a.test/crates","api":"https://a.test"}',
      ["https://static.a.test/crates", "https://a.test"],
    ],
    [
      '{"dl":"https://a.test:8443/{crate}/{version}/x"}',
      ["https://a.test:8443/{crate}/{version}/x"],
    ],
    ['{"dl":"https://{crate}.a.test/"}', []],
    ['{"dl":"https://user:word@a.test/"}', []],
    ['{"dl":"file:///x","api":7}', []],
    ["null", []],
    ["[1]", []],
    ["{", []],
    ["", []],
  ];
  for (const [text, expected] of rows) {
    test(`reads ${text}`, () => assert.deepEqual(parseIndexConfig(text), expected));
  }
});

describe("holdsSecrets", () => {
  const rows: [object, boolean][] = [
    [{ source: { x: { registry: "sparse+https://a.test/" } }, build: { jobs: 4 } }, false],
    [{ registries: { x: { token: "x" } } }, true],
    [{ registries: { x: { "secret-key": "x" } } }, true],
    [{ registries: { x: { "credential-provider": ["cargo:token"] } } }, true],
    [{ source: { x: { registry: "https://user:word@a.test/" } } }, true],
    [{ source: { x: { registry: "https://a.test/?sig=x" } } }, true],
    [{ env: { X: "y" } }, true],
    [{ alias: { x: ["run", "https://u@a.test"] } }, true],
  ];
  for (const [document, expected] of rows) {
    test(`says ${expected} of ${JSON.stringify(document)}`, () => {
      assert.equal(holdsSecrets(document), expected);
    });
  }
});

describe("the facet cargo", () => {
  const NEIGHBOURS = ["index.built-in.test", "*.built-in.test"];

  test("takes the index that cargo has built in, wherever in it the text stands", async () => {
    for (const before of [0, 1_048_576 - 40, 1_048_576 - 20, 3_000_000]) {
      using folder = new Folder();
      installCargo(folder, "index.built-in.test", before);
      const fact = await readOne("cargo", folder);
      assert.deepEqual(rulesOf(fact), NEIGHBOURS, `${before}`);
      assert.deepEqual([fact.environment, fact.files, fact.withheld], [[], [], []]);
    }
  });

  test("asks the kept answer of the index for the hosts of files", async () => {
    using folder = new Folder();
    installCargo(folder);
    const kept = "home/.cargo/registry/index";
    folder.write(
      `${kept}/other.example.test-0123456789abcdef/config.json`,
      '{"dl":"https://evil.test/"}',
    );
    assert.deepEqual(rulesOf(await readOne("cargo", folder)), NEIGHBOURS, "of no known registry");
    folder.write(
      `${kept}/index.built-in.test-0123456789abcdef/config.json`,
      '{"dl":"https://files.test/x"}',
    );
    const fact = await readOne("cargo", folder);
    assert.deepEqual(rulesOf(fact), ["index.built-in.test", "files.test"]);
    const writable = { CARGO_HOME: folder.at("project/cargo") };
    folder.write(
      "project/cargo/registry/index/index.built-in.test-0123456789abcdef/config.json",
      '{"dl":"https://evil.test/x"}',
    );
    assert.deepEqual(rulesOf(await readOne("cargo", folder, writable)), NEIGHBOURS);
  });

  test("goes past rustup to the cargo of a toolchain", async () => {
    using folder = new Folder();
    folder.write("rustup/rustup", "sparse+https://no.example.test/", 0o755);
    folder.link("bin/cargo", "../rustup/rustup");
    folder.write("home/.rustup/toolchains/stable/bin/cargo", "sparse+https://index.a.test/", 0o755);
    assert.deepEqual(rulesOf(await readOne("cargo", folder)), ["index.a.test", "*.a.test"]);
  });

  test("says so when nothing tells the registry, also with a cargo of the project's", async () => {
    using folder = new Folder();
    folder.write("project/bin/cargo", "sparse+https://evil.example.test/", 0o755);
    const [error] = await rejectedUserErrors(readOne("cargo", folder));
    assert.equal(error?.message, "`cargo`: cannot tell which registry cargo uses");
    installCargo(folder);
    assert.deepEqual(rulesOf(await readOne("cargo", folder)), NEIGHBOURS, "control");
  });

  test("reads registries from the file and from variables", async () => {
    using folder = new Folder();
    installCargo(folder);
    folder.write(
      "home/.cargo/config.toml",
      `[registries.my-corp]
index = "sparse+https://user:word@corp.example.test/index/"
[registries.git]
index = "https://git.example.test:3000/index.git"
[registries.ssh]
index = "ssh://git@ssh.example.test/index.git"
[registry]
default = "my-corp"
`,
    );
    const environment = { CARGO_REGISTRIES_OTHER_INDEX: "sparse+http://127.0.0.1/" };
    const fact = await readOne("cargo", folder, environment);
    assert.deepEqual(rulesOf(fact), [
      "corp.example.test",
      "git.example.test:3000",
      "127.0.0.1:80",
      ...NEIGHBOURS,
    ]);
    assert.deepEqual(variablesOf(fact), {
      CARGO_REGISTRIES_MY_CORP_INDEX: "sparse+https://corp.example.test/index/",
      CARGO_REGISTRIES_GIT_INDEX: "https://git.example.test:3000/index.git",
      CARGO_REGISTRIES_OTHER_INDEX: "sparse+http://127.0.0.1/",
      CARGO_REGISTRY_DEFAULT: "my-corp",
    });
    assert.deepEqual(
      fact.withheld.map(({ kind }) => kind),
      ["credentials", "unusable"],
    );
    assert.deepEqual(fact.files, []);
  });

  test("shows a file that replaces the source, unless a secret is in it", async () => {
    using folder = new Folder();
    const text = `[source.crates-io]\nreplace-with = "mirror"
[source.mirror]\nregistry = "sparse+https://mirror.example.test/index/"\n`;
    const file = folder.write("home/.cargo/config.toml", text);
    const fact = await readOne("cargo", folder);
    assert.deepEqual([rulesOf(fact), fact.files], [["mirror.example.test"], [file]]);
    folder.write("home/.cargo/config.toml", `${text}[registries.x]\ntoken = "hunter2"\n`);
    const hidden = await readOne("cargo", folder);
    assert.deepEqual([rulesOf(hidden), hidden.files], [["mirror.example.test"], []]);
    assert.deepEqual(hidden.withheld, [{ kind: "credentials", origin: file }]);
    folder.write(
      "home/.cargo/config",
      '[source.crates-io]\nregistry = "https://old.example.test/"',
    );
    assert.deepEqual(rulesOf(await readOne("cargo", folder)), ["old.example.test"]);
  });

  test("says where a file is not TOML, and nothing of what is in it", async () => {
    using folder = new Folder();
    installCargo(folder);
    const file = folder.write("home/.cargo/config.toml", '[registries.x]\ntoken = "hunter2\n');
    const [error] = await rejectedUserErrors(readOne("cargo", folder));
    assert.equal(error?.message, `\`${file}\` is not valid TOML`);
    assert.equal(error?.origin, `${file}:2`);
    assert.doesNotMatch(JSON.stringify(error), /hunter2/u);
  });
});
