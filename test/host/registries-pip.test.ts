import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePipConf } from "../../src/host/pip-conf.ts";
import { findPipDefault } from "../../src/host/pip-default.ts";
import { Folder } from "../helpers/folder.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";
import { installPip, PIP_INDEX, readOne, rulesOf, variablesOf } from "./registry-world.ts";

describe("parsePipConf", () => {
  const rows: [string, [string, string][]][] = [
    ["[global]\nindex-url = https://a.test/x", [["global.index-url", "https://a.test/x"]]],
    ["[install]\nINDEX_URL: https://a.test:1/", [["install.index-url", "https://a.test:1/"]]],
    ["index-url = https://a.test/", []],
    ["[list]\nindex-url = https://a.test/", []],
    ["[global]\n# x = y\n; x = y\nx = 1 # kept", [["global.x", "1 # kept"]]],
    [
      "[global]\nx =\n  one\n\n  # note\n\ttwo\ny = 3",
      [
        ["global.x", "one\ntwo"],
        ["global.y", "3"],
      ],
    ],
    ["[global]\nflag", [["global.flag", ""]]],
    [
      "[global]\r\nx = 1\r\n[install]\r\nx = 2",
      [
        ["global.x", "1"],
        ["install.x", "2"],
      ],
    ],
  ];
  for (const [text, expected] of rows) {
    test(`reads ${JSON.stringify(text)}`, () => {
      const found = parsePipConf(text, "/f");
      assert.deepEqual(
        found.map(({ name, value }) => [name, value]),
        expected,
      );
    });
  }
});

describe("findPipDefault", () => {
  const rows: [string, string[]][] = [
    [
      `PyPI = PackageIndex("https://a.test/", file_storage_domain="b.test")`,
      ["https://a.test/", "https://b.test/"],
    ],
    [
      `PyPI = PackageIndex(\n    'https://a.test/',\n    file_storage_domain='b.test',\n)`,
      ["https://a.test/", "https://b.test/"],
    ],
    [`PyPI = Index('https://a.test/')`, ["https://a.test/"]],
    [`TestPyPI = PackageIndex("https://a.test/", file_storage_domain="b.test")`, []],
    [`# PyPI = Index('https://a.test/')`, []],
    ["", []],
  ];
  for (const [text, expected] of rows) {
    test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(findPipDefault(text), expected));
  }
});

describe("the facet pip", () => {
  test("takes the index and the file storage that pip has built in", async () => {
    using folder = new Folder();
    installPip(folder);
    const fact = await readOne("pip", folder);
    assert.deepEqual(rulesOf(fact), ["index.built-in.test", "files.built-in.test"]);
    assert.deepEqual([fact.environment, fact.withheld], [[], []]);
    assert.ok(fact.sources.includes(folder.at(PIP_INDEX)));
  });

  test("finds the pip of a version manager that has one script for all", async () => {
    using folder = new Folder();
    installPip(folder, "pyenv/versions/3.12.1");
    folder.write("pyenv/shims/python3", "#!/bin/sh\n", 0o755);
    folder.link("bin/python3", "../pyenv/shims/python3");
    assert.equal(rulesOf(await readOne("pip", folder))[0], "index.built-in.test");
  });

  test("never reads the pip of the project's virtual environment", async () => {
    using folder = new Folder();
    installPip(folder, "project");
    const [error] = await rejectedUserErrors(readOne("pip", folder));
    assert.equal(error?.message, "`pip`: cannot tell which registry pip uses");
    assert.match(error?.hint ?? "", /allow = \["HOST"\]/u);
    installPip(folder);
    const fact = await readOne("pip", folder);
    assert.ok(fact.hosts.every(({ origin }) => origin === folder.at(PIP_INDEX)));
  });

  test("prefers variables, then the named, the user's and the host's file, the strongest first", async () => {
    using folder = new Folder();
    const named = { PIP_CONFIG_FILE: folder.at("named.conf") };
    const variable = { ...named, PIP_INDEX_URL: "https://variable.example.test/simple" };
    const steps: [string, Record<string, string>][] = [
      ["etc/xdg/pip/pip.conf", {}],
      ["etc/pip.conf", {}],
      ["home/.pip/pip.conf", {}],
      ["home/.config/pip/pip.conf", {}],
      ["named.conf", named],
    ];
    for (const [index, [file, environment]] of steps.entries()) {
      folder.write(file, `[global]\nindex-url = https://step-${index}.example.test/simple\n`);
      const fact = await readOne("pip", folder, environment);
      assert.deepEqual(rulesOf(fact), [`step-${index}.example.test`], file);
      const value = `https://step-${index}.example.test/simple`;
      assert.deepEqual(variablesOf(fact), { PIP_INDEX_URL: value });
    }
    assert.deepEqual(rulesOf(await readOne("pip", folder, variable)), ["variable.example.test"]);
    const empty = { PIP_INDEX_URL: "", XDG_CONFIG_HOME: folder.at("nowhere") };
    assert.deepEqual(rulesOf(await readOne("pip", folder, empty)), ["step-2.example.test"]);
    folder.write("etc/pip.conf", "[install]\nindex-url = https://install.example.test/\n");
    assert.deepEqual(rulesOf(await readOne("pip", folder)), ["install.example.test"]);
  });

  test("reads several indexes, ports and plain http; folders have no host", async () => {
    using folder = new Folder();
    const extra = "http://10.0.0.5:3141/a\n    https://extra.example.test:8443/simple/\n    /opt/x";
    folder.write(
      "home/.config/pip/pip.conf",
      `[global]\nindex-url = http://plain.example.test/simple\nextra-index-url =\n    ${extra}
find-links = https://links.example.test/wheels\ntrusted-host = plain.example.test\n  10.0.0.5:3141\n`,
    );
    const fact = await readOne("pip", folder);
    assert.deepEqual(rulesOf(fact), [
      "plain.example.test",
      "10.0.0.5:3141",
      "extra.example.test:8443",
      "links.example.test",
    ]);
    assert.deepEqual(variablesOf(fact), {
      PIP_INDEX_URL: "http://plain.example.test/simple",
      PIP_EXTRA_INDEX_URL: "http://10.0.0.5:3141/a https://extra.example.test:8443/simple/",
      PIP_FIND_LINKS: "https://links.example.test/wheels",
      PIP_TRUSTED_HOST: "plain.example.test 10.0.0.5:3141",
    });
    assert.deepEqual(
      fact.withheld.map(({ kind }) => kind),
      ["unusable"],
    );
  });

  test("needs no index where pip is told to use none", async () => {
    using folder = new Folder();
    const fact = await readOne("pip", folder, { PIP_NO_INDEX: "1" });
    assert.deepEqual([fact.hosts, variablesOf(fact)], [[], { PIP_NO_INDEX: "1" }]);
    installPip(folder);
    assert.equal((await readOne("pip", folder, { PIP_NO_INDEX: "0" })).hosts.length, 2, "control");
  });

  test("reads uv's indexes too", async () => {
    using folder = new Folder();
    folder.write(
      "home/.config/uv/uv.toml",
      `extra-index-url = ["https://old.example.test/"]
[[index]]
name = "corp"
url = "https://user:word@corp.example.test/simple"
[[index]]
url = "https://mirror.example.test/simple"
default = true
`,
    );
    const fact = await readOne("pip", folder);
    assert.deepEqual(rulesOf(fact), [
      "mirror.example.test",
      "corp.example.test",
      "old.example.test",
    ]);
    assert.deepEqual(variablesOf(fact), {
      UV_DEFAULT_INDEX: "https://mirror.example.test/simple",
      UV_INDEX: "corp=https://corp.example.test/simple https://old.example.test/",
    });
    const environment = {
      UV_INDEX_URL: "https://variable.example.test/",
      UV_INDEX: "x=https://x.example.test/",
    };
    const variables = variablesOf(await readOne("pip", folder, environment));
    assert.equal(variables["UV_DEFAULT_INDEX"], "https://variable.example.test/");
    assert.match(variables["UV_INDEX"] ?? "", /^x=https:\/\/x\.example\.test\/ corp=/u);
  });
});
