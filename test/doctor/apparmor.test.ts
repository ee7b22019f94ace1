import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { renderAppArmorProfile } from "../../src/doctor/apparmor.ts";
import { Folder } from "../helpers/folder.ts";
import { skip } from "../helpers/requires.ts";

const PARSER = "/usr/sbin/apparmor_parser";
const TEXT = renderAppArmorProfile({
  bwrap: "/usr/bin/bwrap",
  init: "/usr/local/lib/pale/init",
});

/** The rules of each profile, by its name. */
const PROFILES = new Map(
  [...TEXT.matchAll(/^profile (\S+)(.*) flags=\(.*\) \{\n((?: .*\n)+)\}$/gmu)].map(
    ([, name = "", , rules = ""]) => [name, rules.trim().split(/,\n */u)],
  ),
);

describe("the profile for AppArmor", () => {
  test("goes by the path of root's copy alone", () => {
    const attached = [...TEXT.matchAll(/^profile (\S+) (".*") flags/gmu)].map(([, , path]) => path);
    assert.deepEqual(attached, ['"/usr/local/lib/pale/init"']);
    assert.deepEqual(
      [...PROFILES.keys()],
      ["pale-init", "pale-bwrap", "pale-inside", "pale-outside"],
    );
    assert.doesNotMatch(TEXT, /unconfined|cache/u);
  });

  test("leaves namespaces and capabilities to the init program and its bubblewrap", () => {
    for (const [name, rules] of PROFILES) {
      const isWide = name === "pale-init" || name === "pale-bwrap";
      for (const right of ["capability", "userns"]) {
        assert.equal(rules.includes(right), isWide, `${name}: ${right}`);
        assert.equal(rules.includes(`deny ${right}`), !isWide, `${name}: deny ${right}`);
      }
    }
  });

  test("lets nothing be started with the rights of the two", () => {
    const started = [...PROFILES].map(([name, rules]) => [
      name,
      rules
        .filter((rule) => /^(?:"|\/).* [a-zA-Z]*x\b/u.test(rule))
        .map((rule) => rule.replace(/,$/u, "")),
    ]);
    assert.deepEqual(Object.fromEntries(started), {
      "pale-init": [
        '"/usr/bin/bwrap" Px -> pale-bwrap',
        '"/usr/local/lib/pale/init" px -> pale-init',
        "/** pix -> &pale-outside",
      ],
      "pale-bwrap": ["/** pix -> &pale-bwrap//&pale-inside"],
      "pale-inside": ["/** pix -> &pale-inside"],
      "pale-outside": ['"/usr/local/lib/pale/init" Px -> pale-init', "/** pix"],
    });
  });

  test("quotes what would be a pattern", () => {
    const text = renderAppArmorProfile({ bwrap: "/nix/store/a*b/bwrap", init: "/i" });
    assert.match(text, /^ {2}"\/nix\/store\/a\\\*b\/bwrap" Px/mu);
  });

  test("is one that apparmor_parser takes, but for what older ones do not know", (context) => {
    using folder = new Folder();
    const check = (text: string) => {
      const file = folder.write("profile", text);
      const words = ["--skip-kernel-load", "--skip-cache", "--quiet", file];
      return spawnSync(PARSER, words, { encoding: "utf8" });
    };
    const { status, error } = check("profile a {\n}\n");
    if (error || status !== 0) return skip(context, "`apparmor_parser` does not work here");
    const known = TEXT.replaceAll(/^ {2}(?:deny )?(?:userns|mqueue|io_uring),\n/gmu, "");
    const reduced = known.replace("abi/4.0", "abi/3.0");
    const found = check(reduced);
    assert.equal(found.status, 0, found.stderr);
    assert.notEqual(check(reduced.replace("Px ->", "Qx ->")).status, 0, "control");
    // Two rules that say different things of one path are refused.
    assert.notEqual(check(reduced.replace("/** pix", "/usr/bin/bwrap ux,\n  /** pix")).status, 0);
  });
});
