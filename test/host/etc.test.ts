import assert from "node:assert/strict";
import {
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import { describe, test } from "node:test";
import { readEtc, readEtcSecrets } from "../../src/host/etc.ts";
import { isPermitted } from "../../src/host/status.ts";
import { readEntries, readSystem } from "../../src/host/system.ts";
import { Folder } from "../helpers/folder.ts";

describe("readEtc, of this machine", () => {
  const names = readEtc().map(({ path }) => path.replace(/^\/etc\//u, ""));

  test("has what programs need", () => {
    const wanted = ["ssl", "localtime", "nsswitch.conf", "resolv.conf", "hosts", "ld.so.cache"];
    for (const name of wanted.filter((each) => existsSync(`/etc/${each}`))) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(names.length > 5, names.join(" "));
  });

  test("has nothing with secrets, nor what only services read", () => {
    const unwanted = `shadow gshadow ssh sudoers sudoers.d passwd group machine-id NetworkManager
      wireguard nix krb5.keytab exports fstab crypttab cron.d systemd polkit-1 docker`.split(
      /\s+/u,
    );
    const there = unwanted.filter((name) => existsSync(`/etc/${name}`));
    assert.ok(there.length > 3, "control: there is something to leave out");
    assert.deepEqual(
      there.filter((name) => names.includes(name)),
      [],
    );
    assert.ok(names.length < readdirSync("/etc").length);
  });

  test("says of each entry what it is", () => {
    for (const entry of readEtc()) {
      const status = lstatSync(entry.path);
      if (entry.kind === "link") assert.equal(entry.real, realpathSync(entry.path));
      else assert.equal(entry.kind === "directory", status.isDirectory());
    }
  });

  test("calls small what may be read and is at most 128 KiB", () => {
    const files = readEtc().filter((entry) => entry.kind === "file");
    const small = files.filter((entry) => "small" in entry && entry.small);
    assert.ok(small.length > 2, "there is something small");
    for (const { path } of small) assert.ok(readFileSync(path).length <= 131_072, path);
    const other = files.filter((entry) => !small.includes(entry));
    for (const { path } of other)
      assert.ok(!isPermitted(path, constants.R_OK) || lstatSync(path).size > 131_072, path);
  });

  test("names the private keys that are there under their own name", () => {
    for (const path of readEtcSecrets()) assert.equal(realpathSync(path), path);
    const expected = existsSync("/etc/ssl/private") && !lstatSync("/etc/ssl").isSymbolicLink();
    assert.equal(readEtcSecrets().includes("/etc/ssl/private"), expected);
  });
});

describe("readEntries", () => {
  test("reads directories, files and links by the names that are wanted, sorted", () => {
    using folder = new Folder();
    folder.write("file");
    folder.write("other");
    folder.directory("directory");
    folder.link("near", "file");
    folder.link("far", folder.at("directory"));
    folder.link("dangling", "missing");
    folder.link("circle", "circle");
    const real = folder.at("file");
    assert.deepEqual(
      readEntries(folder.path, (name) => name !== "other"),
      [
        { kind: "directory", path: folder.at("directory") },
        {
          kind: "link",
          path: folder.at("far"),
          target: folder.at("directory"),
          real: folder.at("directory"),
          realKind: "directory",
        },
        { kind: "file", path: real },
        { kind: "link", path: folder.at("near"), target: "file", real, realKind: "file" },
      ],
    );
  });

  test("reads nothing of a directory that is not there", () => {
    assert.deepEqual(
      readEntries("/no/such/directory", () => true),
      [],
    );
  });
});

describe("readSystem, of this machine", () => {
  test("has the system's programs, its links as they are, and nothing of anybody's", () => {
    const entries = readSystem();
    assert.deepEqual(entries[0], { kind: "directory", path: "/usr" });
    for (const entry of entries) {
      assert.ok(existsSync(entry.path), entry.path);
      if (entry.kind === "link") assert.equal(entry.target, readlinkSync(entry.path));
    }
    const paths = entries.map(({ path }) => path);
    for (const path of ["/etc", "/home", "/root", "/run", "/var", "/nix", "/proc", "/tmp"]) {
      assert.ok(!paths.includes(path), path);
    }
  });
});
