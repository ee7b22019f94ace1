import assert from "node:assert/strict";
import { test } from "node:test";
import { nameInstallation, readDistribution } from "../../src/host/distribution.ts";
import { Folder } from "../helpers/folder.ts";

for (const [release, distribution, bwrap, notify] of [
  ["ID=debian", "debian", "sudo apt install bubblewrap", "sudo apt install libnotify-bin"],
  ['ID=mint\nID_LIKE="ubuntu debian"', "debian", "sudo apt install bubblewrap", /libnotify-bin$/u],
  ["ID=fedora", "fedora", "sudo dnf install bubblewrap", "sudo dnf install libnotify"],
  ['ID="opensuse-leap"\nID_LIKE="suse"', "suse", "sudo zypper install bubblewrap", /-tools$/u],
  ["ID=arch", "arch", "sudo pacman -S bubblewrap", "sudo pacman -S libnotify"],
  ["ID=alpine", "alpine", "sudo apk add bubblewrap", "sudo apk add libnotify"],
  ["ID=nixos", "nix", /pkgs\.bubblewrap to environment\.systemPackages/u, /pkgs\.libnotify/u],
  ["ID=plan9", "unknown", /the package bubblewrap/u, /the package libnotify/u],
] as const) {
  test(`what installs a tool where os-release says ${release.replace("\n", ", ")}`, () => {
    using folder = new Folder();
    folder.write("os-release", `${release}\n`);
    const found = readDistribution(folder.at("os-release"));
    assert.equal(found, distribution);
    for (const [tool, wanted] of [
      ["bwrap", bwrap],
      ["notify-send", notify],
    ] as const) {
      const said = nameInstallation(tool, found);
      if (typeof wanted === "string") assert.equal(said, wanted);
      else assert.match(said, wanted);
    }
    assert.match(nameInstallation("xclip", found), /xclip/u);
  });
}
