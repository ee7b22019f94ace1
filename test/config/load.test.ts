import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { BUILTIN_PROFILES } from "../../src/config/builtin.ts";
import { compileConfiguration } from "../../src/config/compile.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";

describe("loadConfiguration", () => {
  test("reads config.toml, then the profiles by name, over those shipped with pale", async () => {
    using folder = new Folder();
    folder.write("config/config.toml", 'network = "host"\n[profile.b]\npath_add = ["/config"]\n');
    folder.write("config/profiles/b.toml", '[profile.b]\npath_add = ["/b"]\n');
    folder.write("config/profiles/a.toml", '[profile.b]\npath_add = ["/a"]\n');
    folder.write("config/profiles/notes.txt", "not TOML");
    folder.write("config/other.toml", "not TOML");
    const { defaults, profiles } = await load(folder);
    assert.deepEqual(defaults.network, {
      value: "host",
      origin: `${folder.at("config/config.toml")}:1`,
    });
    assert.deepEqual(
      profiles["b"]?.pathAdd.map(({ value }) => value),
      ["/config", "/a", "/b"],
    );
    assert.ok(profiles["claude"]);
  });

  test("is content when there is no configuration", async () => {
    using folder = new Folder();
    const { defaults, profiles } = await load(folder);
    assert.deepEqual(defaults.mounts, []);
    assert.deepEqual(profiles, compileConfiguration(BUILTIN_PROFILES).profiles);
  });

  test("reads one file instead, or none", async () => {
    using folder = new Folder();
    folder.write("config/config.toml", 'network = "host"\n');
    const file = folder.write("other.toml", "seccomp = false\n");
    const one = await loadConfiguration({ kind: "file", path: file }, folder.at("cache"));
    assert.deepEqual(one.defaults.seccomp, { value: false, origin: `${file}:1` });
    assert.equal(one.defaults.network, undefined);
    const none = await loadConfiguration({ kind: "none" }, folder.at("cache"));
    assert.equal(none.defaults.network, undefined);
    assert.equal(none.defaults.seccomp, undefined);
  });

  test("reports errors with the file and the line", async () => {
    using folder = new Folder();
    const first = folder.write("config/config.toml", "\nmount = []\n");
    const second = folder.write("config/profiles/x.toml", "[profile.x]\nseccomp = 1\n");
    assert.deepEqual(await rejectedUserErrors(load(folder)), [
      { message: "unknown key `mount`", origin: `${first}:2`, hint: "did you mean `mounts`?" },
      { message: "`profile.x.seccomp`: must be true or false", origin: `${second}:2` },
    ]);
  });
});

describe("a configuration that cannot be read is not the same as none", () => {
  const hint = "mend the path or its permissions, or run with `--no-config`";

  test("when `--config` names nothing", async () => {
    using folder = new Folder();
    const path = folder.at("missing.toml");
    const [error] = await rejectedUserErrors(
      loadConfiguration({ kind: "file", path }, folder.at("cache")),
    );
    assert.equal(error?.message, `cannot read the configuration \`${path}\``);
    assert.match(error.origin ?? "", /^ENOENT/u);
    assert.equal(error.hint, hint);
  });

  test("when `--config` names a directory", async () => {
    using folder = new Folder();
    const choice = { kind: "file" as const, path: folder.path };
    const [error] = await rejectedUserErrors(loadConfiguration(choice, folder.at("cache")));
    assert.match(error?.origin ?? "", /^EISDIR/u);
  });

  test("when it leads nowhere", async () => {
    using folder = new Folder();
    folder.link("config/config.toml", "missing.toml");
    const [error] = await rejectedUserErrors(load(folder));
    assert.match(error?.origin ?? "", /^ENOENT/u);
  });

  test("when a file is where the directory should be", async () => {
    using folder = new Folder();
    folder.write("config", "");
    const [error] = await rejectedUserErrors(load(folder));
    assert.match(error?.origin ?? "", /^ENOTDIR/u);
  });

  test("when its permissions forbid it", async (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may read everything");
    using folder = new Folder();
    const file = folder.write("config/config.toml", 'network = "host"\n', 0o000);
    const [error] = await rejectedUserErrors(load(folder));
    assert.equal(error?.message, `cannot read the configuration \`${file}\``);
    assert.match(error.origin ?? "", /^EACCES/u);
    chmodSync(file, 0o600);
    assert.equal((await load(folder)).defaults.network?.value, "host");
  });
});

describe("the compiled configuration", () => {
  test("is kept for this user alone, and used while the text is the same", async () => {
    using folder = new Folder();
    const file = folder.write("config/config.toml", 'network = "host"\n');
    const first = await load(folder);
    const [kept = ""] = readdirSync(folder.at("cache"));
    assert.match(kept, /^config-[0-9a-f]{32}\.json$/u);
    assert.equal(statSync(folder.at(`cache/${kept}`)).mode & 0o777, 0o600);
    const text = readFileSync(folder.at(`cache/${kept}`), "utf8");
    assert.deepEqual(JSON.parse(text), first);
    writeFileSync(folder.at(`cache/${kept}`), text.replace('"host"', '"none"'));
    assert.equal((await load(folder)).defaults.network?.value, "none", "control: it is used");
    writeFileSync(file, 'network = "host" \n');
    assert.equal((await load(folder)).defaults.network?.value, "host");
  });

  for (const broken of ["", "{", "null"]) {
    test(`is made anew when what is kept is ${JSON.stringify(broken)}`, async () => {
      using folder = new Folder();
      const first = await load(folder);
      const [kept = ""] = readdirSync(folder.at("cache"));
      writeFileSync(folder.at(`cache/${kept}`), broken);
      assert.deepEqual(await load(folder), first);
    });
  }

  test("does not pile up, and leaves other files and those of other launches alone", async () => {
    using folder = new Folder();
    folder.write("cache/tools.json", "{}");
    folder.write("cache/config-0.json.123", "{");
    for (let index = 0; index < 40; index += 1) {
      folder.write("config/config.toml", `# ${index}\n`);
      await load(folder);
    }
    const names = readdirSync(folder.at("cache"));
    const kept = names.filter((name) => /^config-.*\.json$/u.test(name));
    assert.ok(kept.length >= 1 && kept.length <= 16, String(kept.length));
    assert.ok(names.includes("tools.json") && names.includes("config-0.json.123"));
  });
});

function load(folder: Folder) {
  const choice = { kind: "user" as const, directory: folder.at("config") };
  return loadConfiguration(choice, folder.at("cache"));
}
