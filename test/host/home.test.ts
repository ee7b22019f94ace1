import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CREDENTIAL_FOLDERS } from "../../src/host/credential-folders.ts";
import { findDirectories } from "../../src/host/directories.ts";
import { readHome } from "../../src/host/home.ts";
import { guardProject } from "../../src/plan/project.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

/** Facts about `name` in the folder as HOME, with every path relative to the folder. */
function read(folder: Folder, name: string, inDatabase?: string) {
  const directories = findDirectories({ HOME: folder.at(name) });
  const identity = { uid: 1000, gid: 1000, user: "ada", group: "ada", home: inDatabase };
  const home = readHome(directories, identity);
  const shorten = (path: string) => path.replace(`${folder.path}/`, "");
  return {
    home,
    real: shorten(home.real),
    all: home.all.map(shorten),
    credentials: home.credentialFolders.map(shorten).sort(),
    own: home.ownDirectories.map(shorten),
  };
}

describe("readHome", () => {
  test("keeps the name that HOME has, and knows where it leads", () => {
    using folder = new Folder();
    folder.directory("var/home/ada");
    folder.link("home", "var/home");
    const { home, real } = read(folder, "home/ada/");
    assert.equal(home.path, folder.at("home/ada"));
    assert.equal(real, "var/home/ada");
    assert.deepEqual(home.links, [{ path: folder.at("home"), target: "var/home" }]);
  });

  test("counts the home of the password database as one, too, when it exists", () => {
    using folder = new Folder();
    folder.directory("other");
    folder.directory("ada/.ssh");
    folder.link("link", "ada");
    const { all, credentials } = read(folder, "other", folder.at("link"));
    assert.deepEqual(all, ["other", "ada"]);
    assert.deepEqual(credentials, ["ada/.ssh"]);
    assert.deepEqual(read(folder, "other", folder.at("missing")).all, ["other"]);
    assert.deepEqual(read(folder, "other", folder.at("other")).all, ["other"]);
  });

  test("knows the folders with credentials that there are, and where links have them", () => {
    using folder = new Folder();
    for (const name of [".ssh", ".config/gh", ".config/nvim", ".local/share/keyrings", "src"]) {
      folder.directory(`ada/${name}`);
    }
    folder.directory("dotfiles/aws");
    folder.link("ada/.aws", "../dotfiles/aws");
    folder.link("ada/.kube", "../dotfiles/not-there-yet");
    folder.write("ada/.docker", "a file");
    assert.deepEqual(read(folder, "ada").credentials, [
      "ada/.aws",
      "ada/.config/gh",
      "ada/.docker",
      "ada/.kube",
      "ada/.local/share/keyrings",
      "ada/.ssh",
      "dotfiles/aws",
      "dotfiles/not-there-yet",
    ]);
  });

  test("finds those behind a link of a whole directory", () => {
    using folder = new Folder();
    folder.directory("dotfiles/config/gh");
    folder.link("ada/.config", "../dotfiles/config");
    const { credentials, home } = read(folder, "ada");
    assert.deepEqual(credentials, ["ada/.config/gh", "dotfiles/config/gh"]);
    const [error] = catchUserErrors(() => guardProject(folder.at("dotfiles"), home));
    assert.match(error?.message ?? "", /credentials .* may be inside it/u);
  });

  test("is not thrown off by a file where a directory should be", () => {
    using folder = new Folder();
    folder.write("ada/.config", "a file");
    folder.directory("ada/.ssh");
    assert.deepEqual(read(folder, "ada").credentials, ["ada/.ssh"]);
  });

  test("knows pale's own directories where links have them, also before they are made", () => {
    using folder = new Folder();
    folder.directory("ada");
    folder.directory("scratch/cache");
    folder.link("ada/.cache", "../scratch/cache");
    const { own } = read(folder, "ada");
    assert.deepEqual(own, [
      "ada/.config/pale",
      "ada/.local/share/pale",
      "ada/.local/state/pale",
      "ada/.cache/pale",
      "scratch/cache/pale",
    ]);
  });

  test("needs a HOME that exists", () => {
    using folder = new Folder();
    const directories = findDirectories({ HOME: folder.at("missing") });
    const identity = { uid: 1000, gid: 1000, user: "ada", group: "ada", home: undefined };
    assert.deepEqual(
      catchUserErrors(() => readHome(directories, identity)),
      [
        {
          message: `the home directory \`${folder.at("missing")}\` does not exist`,
          origin: "HOME",
          hint: "set HOME to a directory that exists",
        },
      ],
    );
  });
});

test("the folders with credentials are named once each, below the home directory", () => {
  assert.equal(new Set(CREDENTIAL_FOLDERS).size, CREDENTIAL_FOLDERS.length);
  for (const folder of CREDENTIAL_FOLDERS) assert.match(folder, /^[.\w][\w./-]*[\w]$/u);
  for (const folder of [".ssh", ".gnupg", ".aws", ".config/gh", ".claude", ".codex", ".pi"]) {
    assert.ok(CREDENTIAL_FOLDERS.includes(folder), folder);
  }
});
