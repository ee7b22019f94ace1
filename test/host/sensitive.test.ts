import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { readSensitive } from "../../src/host/sensitive.ts";
import { SENSITIVE } from "../../src/plan/sensitive.ts";
import { Folder } from "../helpers/folder.ts";

/** What is found below a folder, in words. */
function find(folder: Folder, { homes = ["home"], own = [] as string[], environment = {} } = {}) {
  const inside = (name: string) => join(folder.path, name);
  const found = readSensitive({ homes: homes.map(inside), own: own.map(inside), environment });
  return found
    .filter(({ path }) => path.startsWith(`${folder.path}/`))
    .map(({ path, entry }) => `${entry} ${path.slice(folder.path.length + 1)}`);
}

function plant(folder: Folder, ...names: string[]): void {
  for (const name of names) {
    const path = join(folder.path, name);
    if (name.endsWith("/")) mkdirSync(path, { recursive: true });
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "x");
    }
  }
}

describe("what is sensitive", () => {
  test("is what of the list is there, parents first, nothing below another", () => {
    using folder = new Folder();
    plant(folder, "home/.ssh/", "home/.netrc", "home/.config/gh/hosts.yml", "home/notes");
    plant(folder, "home/.local/share/containers/", "home/.docker/config.json");
    assert.deepEqual(find(folder), [
      "file home/.config/gh/hosts.yml",
      "directory home/.docker",
      "directory home/.local/share/containers",
      "file home/.netrc",
      "directory home/.ssh",
    ]);
  });

  test("goes by what is there, not by what usually is", () => {
    using folder = new Folder();
    plant(folder, "home/.ssh", "home/.netrc/");
    assert.deepEqual(find(folder), ["directory home/.netrc", "file home/.ssh"]);
  });

  test("has a `*` for one name, and takes nothing in it for a pattern", () => {
    using folder = new Folder();
    plant(folder, "home/.zsh_history", "home/key.pem", "home/pem", "home/keyXpem");
    plant(folder, "home/.config/Code - OSS/User/globalStorage/", "home/a/deep.pem");
    assert.deepEqual(find(folder), [
      "directory home/.config/Code - OSS/User/globalStorage",
      "file home/.zsh_history",
      "file home/key.pem",
    ]);
  });

  test("is where links lead, and nothing where they lead nowhere", () => {
    using folder = new Folder();
    plant(folder, "dotfiles/ssh/", "dotfiles/gh/hosts.yml", "home/.config/");
    symlinkSync("../dotfiles/ssh", join(folder.path, "home/.ssh"));
    symlinkSync(join(folder.path, "dotfiles/gh"), join(folder.path, "home/.config/gh"));
    symlinkSync("nowhere", join(folder.path, "home/.netrc"));
    assert.deepEqual(find(folder), ["file dotfiles/gh/hosts.yml", "directory dotfiles/ssh"]);
  });

  test("is in every home, and where variables move it", () => {
    using folder = new Folder();
    plant(folder, "home/.ssh/", "second/.ssh/", "moved/gh/hosts.yml", "gpg/", "kube1", "kube2");
    const environment = {
      XDG_CONFIG_HOME: join(folder.path, "moved"),
      GNUPGHOME: join(folder.path, "gpg"),
      KUBECONFIG: `${join(folder.path, "kube1")}:${join(folder.path, "kube2")}`,
      HISTFILE: "relative",
    };
    assert.deepEqual(find(folder, { homes: ["home", "second"], environment }), [
      "directory gpg",
      "directory home/.ssh",
      "file kube1",
      "file kube2",
      "file moved/gh/hosts.yml",
      "directory second/.ssh",
    ]);
  });

  test("is never what holds a home, whatever a variable says", () => {
    using folder = new Folder();
    plant(folder, "home/.ssh/");
    const whole = readSensitive({ homes: [], own: [], environment: { KUBECONFIG: "/etc:/usr" } });
    assert.ok(!whole.some(({ path }) => path === "/etc" || path === "/usr"));
    for (const GNUPGHOME of [folder.path, join(folder.path, "home"), "/"]) {
      assert.deepEqual(find(folder, { environment: { GNUPGHOME } }), ["directory home/.ssh"]);
    }
  });

  test("is pale's own, too", () => {
    using folder = new Folder();
    plant(folder, "home/.config/pale/");
    assert.deepEqual(find(folder, { own: ["home/.config/pale", "home/none"] }), [
      "directory home/.config/pale",
    ]);
  });

  test("is every socket that somebody listens on", async (t) => {
    using folder = new Folder();
    plant(folder, "home/.cache/tool/", "elsewhere/");
    for (const name of ["home/.cache/tool/ipc socket", "elsewhere/s"]) {
      const server = createServer().listen(join(folder.path, name));
      await new Promise((resolve) => server.once("listening", resolve));
      t.after(() => server.close());
    }
    assert.deepEqual(find(folder), ["file elsewhere/s", "file home/.cache/tool/ipc socket"]);
  });
});

test("the list has each path once, without `..` or two `*` in a row", () => {
  const paths = SENSITIVE.flatMap((group) => group.paths);
  assert.deepEqual(
    paths.filter((path, index) => paths.indexOf(path) !== index),
    [],
  );
  assert.deepEqual(
    paths.filter((path) => /\.\.|\*\*|\/\//u.test(path)),
    [],
  );
});
