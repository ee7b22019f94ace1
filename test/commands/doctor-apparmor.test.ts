import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { describe, test } from "node:test";
import { installAppArmor, removeAppArmor } from "../../src/commands/doctor-apparmor.ts";
import type { AppArmorWorld } from "../../src/commands/doctor-apparmor.ts";
import { readRootInit, ROOT_INIT } from "../../src/host/root-init.ts";
import { assembleInit } from "../../src/init/assemble.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";

/** `sudo` and the parser, without root: they write down how they were called. */
function furnish(folder: Folder, facts: Partial<AppArmorWorld> = {}): AppArmorWorld {
  folder.directory("root/etc/apparmor.d");
  const note = `printf '%s\\n' "$*" >>'${folder.at("parser.log")}'`;
  return {
    root: folder.at("root"),
    owner: process.getuid?.() ?? 0,
    restricts: true,
    sudo: folder.write("sudo", '#!/bin/sh\n[ "$1" = -- ] && shift && exec "$@"\n', 0o755),
    parser: folder.write("parser", `#!/bin/sh\n${note}\ntest -f "$2"\n`, 0o755),
    ...facts,
  };
}

function invoke(print: (text: string) => void, answer?: string) {
  return {
    environment: {},
    workingDirectory: "/",
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/opt/pale",
    print,
    ask: async () => answer,
  };
}

async function act(
  work: typeof installAppArmor,
  world: AppArmorWorld,
  { answer, ...options }: { answer?: string; yes?: boolean },
): Promise<string> {
  let output = "";
  await work(
    invoke((text) => void (output += text), answer),
    options,
    world,
  );
  return output;
}

const IMAGE = () => assembleInit("x86_64");

describe("pale doctor --install-apparmor", () => {
  test("shows what it would run, and installs both when told to", async (context) => {
    if (!requireTool(context, "bwrap")) return;
    using folder = new Folder();
    const world = furnish(folder);
    const shown = await act(installAppArmor, world, { answer: "n" });
    assert.match(shown, /^ {2}profile pale-init ".*\/usr\/local\/lib\/pale\/init" flags/mu);
    assert.match(shown, /nothing is changed\n$/u);
    assert.deepEqual(readdirSync(world.root), ["etc"]);
    const done = await act(installAppArmor, world, { answer: "y" });
    assert.match(done, /^installed; /mu);
    const ground = { root: folder.path, owner: process.getuid?.() ?? 0 };
    assert.equal(readRootInit(IMAGE, { ...ground, root: world.root }).kind, "usable");
    const profile = folder.at("root/etc/apparmor.d/pale");
    assert.equal(statSync(profile).mode & 0o777, 0o644);
    for (const line of readFileSync(profile, "utf8").split("\n")) assert.ok(done.includes(line));
    assert.equal(readFileSync(folder.at("parser.log"), "utf8"), `--replace ${profile}\n`);
  });

  test("replaces what an older build installed, with --yes without a terminal", async (context) => {
    if (!requireTool(context, "bwrap")) return;
    using folder = new Folder();
    const world = furnish(folder);
    const init = folder.write(`root${ROOT_INIT}`, "an older one", 0o755);
    const inode = statSync(init).ino;
    const [refused] = await rejectedUserErrors(act(installAppArmor, world, {}));
    assert.equal(refused?.message, "`pale doctor` needs a terminal to ask on");
    assert.equal(readFileSync(init, "utf8"), "an older one");
    await act(installAppArmor, world, { yes: true });
    assert.deepEqual(readFileSync(init), Buffer.from(IMAGE()));
    assert.notEqual(statSync(init).ino, inode, "not written over: sandboxes may run from it");
  });

  test("says when the parser does not take it, and when there is no sudo", async (context) => {
    if (!requireTool(context, "bwrap")) return;
    using folder = new Folder();
    const failing = furnish(folder, { parser: "/bin/false" });
    const [error] = await rejectedUserErrors(act(installAppArmor, failing, { yes: true }));
    assert.deepEqual(
      [error?.message, error?.origin],
      ["not all of it was done", "sudo ended with 1"],
    );
    const alone = furnish(folder, { sudo: undefined });
    const [missing] = await rejectedUserErrors(act(installAppArmor, alone, { yes: true }));
    assert.equal(missing?.message, "`sudo` is not installed");
  });

  for (const place of ["usr/local/lib", "usr/local/lib/pale", "etc/apparmor.d"]) {
    test(`writes nothing by way of what others can change: ${place}`, async (context) => {
      if (!requireTool(context, "bwrap")) return;
      using folder = new Folder();
      const world = furnish(folder);
      folder.directory("root/usr/local/lib/pale");
      const elsewhere = folder.write("secret", "root's", 0o644);
      symlinkSync(elsewhere, folder.at(`root${ROOT_INIT}.new`));
      chmodSync(folder.at(`root/${place}`), 0o775);
      const [error] = await rejectedUserErrors(act(installAppArmor, world, { yes: true }));
      assert.equal(error?.message, "another user than root could change what would be installed");
      assert.equal(error?.origin, folder.at(`root/${place}`));
      assert.equal(readFileSync(elsewhere, "utf8"), "root's");
      assert.ok(!existsSync(folder.at(`root${ROOT_INIT}`)));
      chmodSync(folder.at(`root/${place}`), 0o755);
      await act(installAppArmor, world, { yes: true });
      assert.ok(existsSync(folder.at(`root${ROOT_INIT}`)), "control");
      assert.equal(readFileSync(elsewhere, "utf8"), "root's", "a link is replaced");
    });
  }

  for (const facts of [{ restricts: false }, { parser: undefined }]) {
    test(`does nothing where nothing is restricted: ${Object.keys(facts).join()}`, async () => {
      using folder = new Folder();
      const world = furnish(folder, facts);
      const [error] = await rejectedUserErrors(act(installAppArmor, world, { yes: true }));
      assert.match(error?.hint ?? "", /^there is nothing to install/u);
      assert.deepEqual(readdirSync(world.root), ["etc"]);
    });
  }
});

describe("pale doctor --remove-apparmor", () => {
  test("takes both away, also what is left of them", async (context) => {
    if (!requireTool(context, "bwrap")) return;
    using folder = new Folder();
    const world = furnish(folder);
    assert.match(await act(removeAppArmor, world, {}), /^nothing of pale's is installed/u);
    await act(installAppArmor, world, { yes: true });
    await act(removeAppArmor, world, { answer: "n" });
    assert.ok(existsSync(folder.at(`root${ROOT_INIT}`)));
    assert.match(await act(removeAppArmor, world, { answer: "y" }), /^removed$/mu);
    assert.deepEqual(readdirSync(folder.at("root/usr/local/lib")), []);
    assert.deepEqual(readdirSync(folder.at("root/etc/apparmor.d")), []);
    const [, last] = readFileSync(folder.at("parser.log"), "utf8").trim().split("\n");
    assert.equal(last, `--remove ${folder.at("root/etc/apparmor.d/pale")}`, "while it is there");
    folder.write(`root${ROOT_INIT}`, "alone", 0o755);
    await act(removeAppArmor, { ...world, parser: undefined }, { yes: true });
    assert.deepEqual(readdirSync(folder.at("root/usr/local/lib")), []);
  });
});
