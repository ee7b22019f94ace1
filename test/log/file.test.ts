import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type LogFile, openLogFile } from "../../src/log/file.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";

describe("openLogFile", () => {
  test("makes the file and its directory, for nobody else", () => {
    using folder = new Folder();
    const file = open(folder.at("state/pale/log"));
    assert.ok(!existsSync(folder.at("state")));
    assert.ok(file.append("one\n"));
    assert.equal(modeOf(folder.at("state/pale")), "700");
    assert.equal(modeOf(folder.at("state/pale/log")), "600");
    file.close();
    assert.ok(file.append("two\n"));
    file.close();
  });

  test("appends to what is there", () => {
    using folder = new Folder();
    const path = folder.write("log", "one\n");
    const [file, other] = [open(path), open(path)];
    assert.ok(file.append("two\n"));
    assert.ok(other.append("three\n"));
    assert.ok(file.append("four\n"));
    assert.equal(read(path), "one\ntwo\nthree\nfour\n");
  });

  test("refuses a link, also one that is put there later", () => {
    using folder = new Folder();
    const target = folder.write("target", "kept\n");
    const path = folder.link("log", "target");
    const file = open(path);
    assert.ok(!file.append("one\n"));
    assert.equal(read(target), "kept\n");
    rmSync(path);
    assert.ok(file.append("two\n"));
    assert.equal(read(path), "two\n");
    rmSync(path);
    folder.link("log", "target");
    assert.ok(!file.append("three\n"));
    assert.equal(read(target), "kept\n");
    assert.ok(lstatSync(path).isSymbolicLink());
  });

  test("makes the file again when it has been removed, or its directory", () => {
    using folder = new Folder();
    const path = folder.at("pale/log");
    const file = open(path);
    assert.ok(file.append("one\n"));
    rmSync(path);
    assert.ok(file.append("two\n"));
    assert.equal(read(path), "two\n");
    rmSync(folder.at("pale"), { recursive: true });
    assert.ok(file.append("three\n"));
    assert.equal(read(path), "three\n");
  });

  test("says that a line is not written, and goes on when it can", () => {
    using folder = new Folder();
    const path = folder.at("pale/log");
    folder.write("pale", "a file in place of the directory");
    const file = open(path);
    assert.ok(!file.append("one\n"));
    rmSync(folder.at("pale"));
    assert.ok(file.append("two\n"));
    rmSync(path);
    mkdirSync(path);
    assert.ok(!file.append("three\n"));
    assert.ok(!open("/dev/full").append("four\n"));
    assert.ok(open("/dev/null").append("four\n"));
  });

  test("ends a line that the disk took only a part of", (context) => {
    if (!requireTool(context, "prlimit")) return;
    using folder = new Folder();
    const path = folder.write("log", `${"x".repeat(999)}\n`);
    const argv = [join(import.meta.dirname, "fill-disk.ts"), path];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), { full: [true, false, false], free: [true, true] });
    const lines = ["a".repeat(49), "b".repeat(10), "d".repeat(49), "e".repeat(49), ""];
    assert.deepEqual(read(path).split("\n").slice(1), lines);
  });
});

describe("a file that has grown too large", () => {
  test("is put aside, in place of the one before", () => {
    using folder = new Folder();
    const path = folder.at("log");
    const file = open(path, 10);
    const lines = ["one\n", "two\n", "three\n", "four\n", "fives\n", "a line too long for any\n"];
    for (const line of lines) assert.ok(file.append(line));
    assert.equal(read(`${path}.1`), "fives\n");
    assert.equal(read(path), "a line too long for any\n");
    assert.equal(modeOf(path), "600");
    assert.deepEqual(readdirSync(folder.path).sort(), ["log", "log.1"]);
  });

  test("is the new one for those who have the old one open", () => {
    using folder = new Folder();
    const path = folder.at("log");
    const [file, other] = [open(path, 12), open(path, 12)];
    assert.ok(file.append("one\n"));
    assert.ok(other.append("two\n"));
    assert.ok(file.append("three\n"));
    assert.ok(other.append("four\n"));
    assert.equal(read(`${path}.1`), "one\ntwo\n");
    assert.equal(read(path), "three\nfour\n");
  });

  test("grows on while another process puts it aside, but not for ever", () => {
    using folder = new Folder();
    const path = folder.write("log", "12345678\n");
    folder.write("log.lock");
    const file = open(path, 10);
    assert.ok(file.append("three\n"));
    assert.ok(!file.append("three\n"));
    assert.equal(read(path), "12345678\nthree\n");
    assert.ok(!existsSync(`${path}.1`));
    rmSync(`${path}.lock`);
    assert.ok(file.append("four\n"));
    assert.equal(read(path), "four\n");
    assert.equal(read(`${path}.1`), "12345678\nthree\n");
  });

  test("is put aside although a process that was at it was killed", () => {
    using folder = new Folder();
    const path = folder.write("log", "12345678\n");
    folder.write("log.lock");
    utimesSync(`${path}.lock`, 1, 1);
    const file = open(path, 10);
    assert.ok(file.append("three\n"));
    assert.ok(file.append("four\n"));
    assert.equal(read(path), "four\n");
    assert.deepEqual(readdirSync(folder.path).sort(), ["log", "log.1"]);
  });

  test("is written to no more when it cannot be put aside", () => {
    using folder = new Folder();
    const path = folder.write("log", "12345678\n");
    folder.write("log.1/file");
    const file = open(path, 10);
    assert.ok(file.append("three\n"));
    assert.ok(!file.append("three\n"));
    assert.equal(read(path), "12345678\nthree\n");
  });
});

function open(path: string, mostBytes = 1000): LogFile {
  return openLogFile({ path, mostBytes });
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
