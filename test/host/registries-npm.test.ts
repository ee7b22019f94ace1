import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import { findNpmDefault } from "../../src/host/npm-default.ts";
import { parseNpmrc } from "../../src/host/npmrc.ts";
import { Folder } from "../helpers/folder.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";
import { installNpm, readOne, rulesOf, variablesOf } from "./registry-world.ts";

describe("parseNpmrc", () => {
  const environment = { HOST: "npm.example.test", SPACE: "a b" };
  const rows: [string, [string, string][]][] = [
    ["registry=https://a.test/", [["registry", "https://a.test/"]]],
    ["  registry =  https://a.test/  ", [["registry", "https://a.test/"]]],
    ["; registry=x\n# registry=y\n\nregistry=z", [["registry", "z"]]],
    ["registry=https://a.test/ ; note", [["registry", "https://a.test/"]]],
    ["registry=a\\;b\\#c", [["registry", "a;b#c"]]],
    ['registry="https://a.test/#x"', [["registry", "https://a.test/#x"]]],
    ["'registry'='https://a.test/'", [["registry", "https://a.test/"]]],
    ['registry="unfinished', [["registry", '"unfinished']]],
    ["@corp:registry=https://${HOST}/x/", [["@corp:registry", "https://npm.example.test/x/"]]],
    ["@${HOST}:registry=x", [["@npm.example.test:registry", "x"]]],
    ["registry=${MISSING}", [["registry", "${MISSING}"]]],
    ["registry=${MISSING?}", [["registry", ""]]],
    [
      "registry=\r\nprefix=/x\ry=z",
      [
        ["registry", ""],
        ["prefix", "/x"],
        ["y", "z"],
      ],
    ],
    ["fund\nregistry=a=b", [["registry", "a=b"]]],
    ["a=1\n[section]\nregistry=https://a.test/", [["a", "1"]]],
    [
      "a=1\nb=2\na=3",
      [
        ["a", "1"],
        ["b", "2"],
        ["a", "3"],
      ],
    ],
  ];
  for (const [text, expected] of rows) {
    test(`reads ${JSON.stringify(text)}`, () => {
      const found = parseNpmrc(text, "/f", environment);
      assert.deepEqual(
        found.map(({ name, value }) => [name, value]),
        expected,
      );
    });
  }

  test("says the line", () => {
    const [setting] = parseNpmrc("\n; x\nregistry=y", "/home/u/.npmrc", {});
    assert.equal(setting?.origin, "/home/u/.npmrc:3");
  });
});

describe("findNpmDefault", () => {
  const rows: [string, string | undefined][] = [
    ["registry: new Definition('registry', {\n default: 'https://a.test/',", "https://a.test/"],
    ['define("registry", {\n  default: "http://a.test/"', "http://a.test/"],
    ["define('registry', {\n  default: null", undefined],
    ["define('registry-x', {\n  default: 'https://a.test/'", undefined],
    [
      "define('registry', {\n  type: url,\n})\ndefine('x', {\n default: 'https://a.test/'",
      undefined,
    ],
    ["", undefined],
  ];
  for (const [text, expected] of rows) {
    test(`reads ${JSON.stringify(text)}`, () => assert.equal(findNpmDefault(text), expected));
  }
});

describe("the facet npm", () => {
  test("takes what npm has built in when nothing is configured, and says nothing inside", async () => {
    using folder = new Folder();
    installNpm(folder);
    const fact = await readOne("npm", folder);
    assert.deepEqual(rulesOf(fact), ["npm.built-in.test"]);
    assert.match(fact.hosts[0]?.origin ?? "", /definitions\.js$/u);
    assert.deepEqual([fact.environment, fact.files, fact.withheld], [[], [], []]);
    assert.ok(fact.sources.includes(fact.hosts[0]?.origin ?? ""));
  });

  test("prefers variables, then the user's file, then the host's, then npm's own", async () => {
    using folder = new Folder();
    installNpm(folder);
    const steps: [string, Record<string, string>, string][] = [
      ["lib/node_modules/npm/npmrc", {}, "own.example.test"],
      ["etc/npmrc", {}, "host.example.test"],
      ["home/.npmrc", {}, "user.example.test"],
      ["x", { NPM_CONFIG_REGISTRY: "https://variable.example.test/" }, "variable.example.test"],
    ];
    for (const [file, environment, host] of steps) {
      folder.write(file, `registry=https://${host}/\n`);
      const fact = await readOne("npm", folder, environment);
      assert.deepEqual(rulesOf(fact), [host], file);
      assert.deepEqual(variablesOf(fact), { npm_config_registry: `https://${host}/` });
    }
  });

  test("reads every scope, each host once", async () => {
    using folder = new Folder();
    installNpm(folder);
    const lines = [
      "@a:registry=https://corp.example.test/npm/a/",
      "@b:registry=https://corp.example.test/npm/b/",
    ];
    folder.write("home/.npmrc", lines.join("\n"));
    const fact = await readOne("npm", folder, { "npm_config_@c:registry": "http://[::1]:4873" });
    assert.deepEqual(rulesOf(fact), ["npm.built-in.test", "corp.example.test", "[::1]:4873"]);
    assert.deepEqual(variablesOf(fact), {
      "npm_config_@a:registry": "https://corp.example.test/npm/a/",
      "npm_config_@b:registry": "https://corp.example.test/npm/b/",
      "npm_config_@c:registry": "http://[::1]:4873/",
    });
  });

  test("says which scope no variable can name", async () => {
    using folder = new Folder();
    installNpm(folder);
    folder.write("home/.npmrc", "@my_corp:registry=https://corp.example.test/");
    const fact = await readOne("npm", folder);
    assert.deepEqual(rulesOf(fact), ["npm.built-in.test", "corp.example.test"], "control");
    assert.deepEqual(fact.environment, []);
    assert.deepEqual(fact.withheld, [
      { kind: "unusable", origin: `${folder.at("home/.npmrc")}:1` },
    ]);
  });

  test("goes where variables and files say that the files are", async () => {
    using folder = new Folder();
    installNpm(folder);
    folder.write("home/.npmrc", "registry=https://not-read.example.test/");
    folder.write("other/user", `@a:registry=https://a.example.test/\nprefix=~/prefix\n`);
    folder.write("home/prefix/etc/npmrc", "registry=https://prefix.example.test/");
    folder.write("other/global", "registry=https://global.example.test/");
    const environment = { npm_config_userconfig: folder.at("other/user") };
    const both = ["prefix.example.test", "a.example.test"];
    assert.deepEqual(rulesOf(await readOne("npm", folder, environment)), both);
    const named = { ...environment, NPM_CONFIG_GLOBALCONFIG: folder.at("other/global") };
    assert.deepEqual(rulesOf(await readOne("npm", folder, named)), [
      "global.example.test",
      "a.example.test",
    ]);
    const none = { npm_config_userconfig: "/dev/null" };
    assert.deepEqual(rulesOf(await readOne("npm", folder, none)), ["npm.built-in.test"]);
  });

  test("never reads the project's npmrc or an npm of the project's", async () => {
    using folder = new Folder();
    installNpm(folder);
    installNpm(folder, "https://evil.example.test/", "project");
    folder.write("project/.npmrc", "registry=https://evil.example.test/");
    assert.deepEqual(rulesOf(await readOne("npm", folder)), ["npm.built-in.test"]);
    const [error] = await rejectedUserErrors(
      readOne("npm", folder, { npm_config_userconfig: ".npmrc" }),
    );
    assert.equal(error?.message, `an agent could write \`${folder.at("project/.npmrc")}\``);
  });

  test("is not led into the project by a link", async () => {
    using folder = new Folder();
    installNpm(folder);
    folder.write("dotfiles/rc", "registry=https://user.example.test/");
    folder.link("home/.npmrc", "../dotfiles/rc");
    assert.deepEqual(rulesOf(await readOne("npm", folder)), ["user.example.test"], "control");
    folder.link("project/rc", "../dotfiles/rc");
    const environment = { npm_config_userconfig: folder.at("project/rc") };
    const [error] = await rejectedUserErrors(readOne("npm", folder, environment));
    assert.equal(error?.message, `an agent could write \`${folder.at("project/rc")}\``);
    rmSync(folder.at("dotfiles/rc"));
    folder.write("project/forged", "registry=https://evil.example.test/");
    folder.link("dotfiles/rc", "../project/forged");
    const [other] = await rejectedUserErrors(readOne("npm", folder));
    assert.equal(other?.message, `an agent could write \`${folder.at("home/.npmrc")}\``);
  });

  test("finds an npm beside node when the one on PATH is a script of another's", async () => {
    using folder = new Folder();
    installNpm(folder, undefined, "node");
    folder.write("bin/npm", "#!/bin/sh\n", 0o755);
    folder.link("bin/node", "../node/bin/node");
    assert.deepEqual(rulesOf(await readOne("npm", folder)), ["npm.built-in.test"]);
  });

  test("shows certificate authorities, but no key", async () => {
    using folder = new Folder();
    installNpm(folder);
    const certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    const file = folder.write("home/ca.pem", certificate);
    folder.write("home/.npmrc", "cafile=~/ca.pem\n");
    const fact = await readOne("npm", folder);
    assert.deepEqual(fact.files, [file]);
    assert.deepEqual(variablesOf(fact), { npm_config_cafile: file });
    folder.write("home/ca.pem", `${certificate}-----BEGIN PRIVATE KEY-----\nMII\n`);
    const hidden = await readOne("npm", folder);
    assert.deepEqual([hidden.files, hidden.environment], [[], []]);
    assert.equal(hidden.withheld[0]?.kind, "unusable");
  });

  test("says where credentials are that stay outside", async () => {
    using folder = new Folder();
    installNpm(folder);
    const lines = ["email=a@b.test", "//npm.built-in.test/:_authToken=x", "_auth=y", "fund=no"];
    const file = folder.write("home/.npmrc", lines.join("\n"));
    const { withheld } = await readOne("npm", folder);
    assert.deepEqual(withheld, [
      { kind: "credentials", origin: `${file}:2` },
      { kind: "credentials", origin: `${file}:3` },
    ]);
  });

  test("looks for the host's file where the caller's PREFIX says", async () => {
    using folder = new Folder();
    installNpm(folder);
    folder.write("other/etc/npmrc", "registry=https://other.example.test/");
    const environment = { PREFIX: folder.at("other") };
    assert.deepEqual(rulesOf(await readOne("npm", folder, environment)), ["other.example.test"]);
    assert.deepEqual(rulesOf(await readOne("npm", folder)), ["npm.built-in.test"], "control");
  });

  test("refuses an address that npm would not take, without showing it", async () => {
    using folder = new Folder();
    installNpm(folder);
    const file = folder.write("home/.npmrc", "registry=ftp://user:hunter2@a.test/\n");
    assert.deepEqual(await rejectedUserErrors(readOne("npm", folder)), [
      {
        message: "npm: `registry` is not an address that begins with https:// or http://",
        origin: `${file}:1`,
        hint: "npm config set registry https://HOST/",
      },
    ]);
  });
});
