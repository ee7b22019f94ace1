import assert from "node:assert/strict";
import { test } from "node:test";
import { readMount } from "../../src/host/mounts.ts";
import { Folder } from "../helpers/folder.ts";
import { mountOf } from "../helpers/facts.ts";

test("a mount that is there is where its links lead", () => {
  using folder = new Folder();
  folder.directory("dotfiles/tool");
  folder.link("tool", "dotfiles/tool");
  const { mount } = mountOf(folder.at("tool"));
  assert.deepEqual(readMount(mount), {
    kind: "present",
    mount,
    real: folder.at("dotfiles/tool"),
    links: [{ path: folder.at("tool"), target: "dotfiles/tool" }],
    place: undefined,
    seeds: [],
  });
});

test("a mount that is missing is where it would be made", () => {
  using folder = new Folder();
  folder.directory("dotfiles");
  folder.link("tool", "dotfiles/tool");
  const { mount } = mountOf(folder.at("tool/state"));
  assert.deepEqual(readMount(mount), {
    kind: "missing",
    mount,
    real: folder.at("dotfiles/tool/state"),
    links: [{ path: folder.at("tool"), target: "dotfiles/tool" }],
    place: undefined,
    seeds: [],
  });
});

test("a mount in what is no directory is missing", () => {
  using folder = new Folder();
  folder.write("file");
  assert.equal(readMount(mountOf(folder.at("file/x")).mount).kind, "missing");
});

test("the place of a mount is known when the host has something there, past all links", () => {
  using folder = new Folder();
  folder.directory("project/inner");
  folder.link("link", "project");
  const placeOf = (sandbox: string | undefined) =>
    readMount(mountOf(folder.at("project"), { sandbox }).mount).place;
  assert.equal(placeOf(folder.at("project/inner")), folder.at("project/inner"));
  assert.equal(placeOf(folder.at("link/inner")), folder.at("project/inner"));
  assert.equal(placeOf(folder.at("project/missing")), undefined);
  assert.equal(placeOf(undefined), undefined);
});

test("seeds are the files that are there to be copied and not there yet where they go", () => {
  using folder = new Folder();
  folder.write("old");
  folder.directory("directory");
  folder.write("state/taken");
  folder.link("state/link", "/nowhere");
  const seedOf = (from: string, to: string) => ({ from: folder.at(from), to: folder.at(to) });
  const wanted = seedOf("old", "state/new");
  const seeds = [
    wanted,
    seedOf("old", "state/taken"),
    seedOf("old", "state/link"),
    seedOf("missing", "state/x"),
    seedOf("directory", "state/y"),
  ];
  const { mount } = mountOf(folder.at("state"), { seeds });
  assert.deepEqual(readMount(mount).seeds, [wanted]);
});
