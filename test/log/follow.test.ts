import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, test } from "node:test";
import { renderEntry } from "../../src/log/entry.ts";
import { openLogReader, readLog } from "../../src/log/follow.ts";
import type { LogReader } from "../../src/log/follow.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";
import { decisionOf } from "./entries.ts";

describe("readLog", () => {
  test("reads what was put aside, and then the rest; nothing when there is nothing", () => {
    using folder = new Folder();
    const file = folder.at("log");
    assert.deepEqual(portsOf(file), []);
    folder.write("log.1", lines(1, 2));
    assert.deepEqual(portsOf(file), []);
    folder.write("log", lines(3, 4));
    assert.deepEqual(portsOf(file), [1, 2, 3, 4]);
    rmSync(folder.at("log.1"));
    assert.deepEqual(portsOf(file), [3, 4]);
  });

  test("skips what is not ours, and what has no end", () => {
    using folder = new Folder();
    const noise = ["", "hello", "{}", "\u0000\uFFFF", "x".repeat(200_000)].join("\n");
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(`${noise}\n`)]);
    folder.write("log");
    appendFileSync(folder.at("log"), bytes);
    appendFileSync(folder.at("log"), `${lines(1)}${lines(2).trimEnd()}`);
    assert.deepEqual(portsOf(folder.at("log")), [1]);
  });

  test("reads more than one chunk", () => {
    using folder = new Folder();
    const ports = Array.from({ length: 2000 }, (_, index) => index + 1);
    folder.write("log", lines(...ports));
    assert.deepEqual(portsOf(folder.at("log")), ports);
  });

  test("throws when the file may not be read", (context) => {
    if (process.getuid?.() === 0) return skip(context, "root may read everything");
    using folder = new Folder();
    folder.write("log", lines(1), 0o000);
    assert.throws(() => readLog(folder.at("log")), /EACCES/u);
    chmodSync(folder.at("log"), 0o600);
    assert.deepEqual(portsOf(folder.at("log")), [1]);
  });

  test("throws when it is no file", () => {
    using folder = new Folder();
    mkdirSync(folder.at("log"));
    assert.throws(() => readLog(folder.at("log")), /EISDIR/u);
  });
});

describe("openLogReader", () => {
  test("gives what is new, a line once it is whole", () => {
    using folder = new Folder();
    const file = folder.at("log");
    const reader = openLogReader(file);
    assert.deepEqual(read(reader), []);
    writeFileSync(file, lines(1));
    assert.deepEqual(read(reader), [1]);
    assert.deepEqual(read(reader), []);
    const [line] = [lines(2)];
    appendFileSync(file, line.slice(0, 30));
    assert.deepEqual(read(reader), []);
    appendFileSync(file, line.slice(30) + lines(3) + line.slice(0, 10));
    assert.deepEqual(read(reader), [2, 3]);
    appendFileSync(file, line.slice(10));
    assert.deepEqual(read(reader), [2]);
    reader.close();
  });

  test("goes on with the new file, and reads the old one to its end", () => {
    using folder = new Folder();
    const file = folder.write("log", lines(1));
    const reader = openLogReader(file);
    assert.deepEqual(read(reader), [1]);
    appendFileSync(file, lines(2));
    renameSync(file, `${file}.1`);
    assert.deepEqual(read(reader), [2]);
    appendFileSync(`${file}.1`, lines(3));
    writeFileSync(file, lines(4));
    assert.deepEqual(read(reader), [3, 4]);
    // Who wrote while the file was put aside.
    appendFileSync(`${file}.1`, lines(5));
    appendFileSync(file, lines(6));
    assert.deepEqual(read(reader), [5, 6]);
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(7));
    assert.deepEqual(read(reader), [7]);
    reader.close();
  });

  test("goes on when the file was emptied or removed", () => {
    using folder = new Folder();
    const file = folder.write("log", lines(1, 2, 3));
    const reader = openLogReader(file);
    assert.deepEqual(read(reader), [1, 2, 3]);
    truncateSync(file);
    assert.deepEqual(read(reader), []);
    appendFileSync(file, lines(4));
    assert.deepEqual(read(reader), [4]);
    rmSync(file);
    assert.deepEqual(read(reader), []);
    writeFileSync(file, lines(5));
    assert.deepEqual(read(reader), [5]);
    reader.close();
  });
});

function lines(...ports: number[]): string {
  return ports.map((port) => renderEntry(decisionOf({ port }))).join("");
}

function read(reader: LogReader): number[] {
  return reader.read().map((entry) => ("port" in entry ? (entry.port ?? 0) : 0));
}

function portsOf(file: string): number[] {
  return readLog(file).map((entry) => ("port" in entry ? (entry.port ?? 0) : 0));
}
