import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nameInstallation, readDistribution } from "../../src/host/distribution.ts";
import { verifyTools } from "../../src/host/sandbox-tools.ts";
import { findTool, fingerprintFile } from "../../src/host/tools.ts";
import { Folder } from "../helpers/folder.ts";
import { requireSandbox, skip } from "../helpers/requires.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

describe("findTool", () => {
  test("finds a tool in the fixed directories, with its version and fingerprint", (context) => {
    if (!requireSandbox(context)) return;
    const { path, version, fingerprint } = findTool("bwrap");
    assert.match(path, /^\/.*\/bwrap$/u);
    assert.match(version, /^\d+\.\d+/u);
    assert.equal(fingerprint, fingerprintFile(path));
  });

  test("says which package has one that is missing", () => {
    assert.deepEqual(
      catchUserErrors(() => findTool("bwrap", ["/no/such", "/proc"])),
      [
        {
          message: "`bwrap` is not installed",
          origin: "looked in /no/such, /proc",
          hint: nameInstallation("bwrap", readDistribution()),
        },
      ],
    );
  });

  test("trusts no file that somebody but root could have written, and never runs it", () => {
    using folder = new Folder();
    const ran = folder.at("ran");
    folder.write("bwrap", `#!/bin/sh\ntouch '${ran}'\necho 1.0\n`, 0o755);
    const [error] = catchUserErrors(() => findTool("bwrap", [folder.path]));
    assert.equal(error?.message, "`bwrap` could have been replaced by another user");
    const part = error.origin ?? "";
    assert.ok(folder.at("bwrap").startsWith(part));
    assert.equal(error.hint, `sudo chown root:root ${part} && sudo chmod go-w ${part}`);
    assert.equal(existsSync(ran), false);
    assert.equal(findTool("env", ["/usr/bin"]).path, "/usr/bin/env", "control");
  });

  test("is not fooled by a link in a directory of the user's to a file of the system's", () => {
    using folder = new Folder();
    folder.write("mine", "#!/bin/sh\n", 0o755);
    folder.link("bin/bwrap", "../mine");
    const [error] = catchUserErrors(() => findTool("bwrap", [folder.at("bin")]));
    assert.match(error?.message ?? "", /could have been replaced/u);
  });

  test("takes no setuid program", (context) => {
    const name = ["su", "passwd", "mount", "chsh"].find(isSetuid);
    if (name === undefined) return skip(context, "no setuid program in /usr/bin");
    assert.deepEqual(
      catchUserErrors(() => findTool(name, ["/usr/bin"])),
      [
        {
          message: `\`${name}\` is setuid; pale needs it without privilege`,
          origin: `/usr/bin/${name}`,
          hint: `sudo chmod u-s,g-s /usr/bin/${name}`,
        },
      ],
    );
  });
});

describe("fingerprintFile", () => {
  test("changes with the file, and is none for what is no file", () => {
    using folder = new Folder();
    const file = folder.write("tool", "1");
    const first = fingerprintFile(file);
    assert.equal(fingerprintFile(file), first);
    writeFileSync(file, "2");
    utimesSync(file, 1, 1);
    assert.notEqual(fingerprintFile(file), first);
    folder.link("link", "tool");
    assert.equal(fingerprintFile(folder.at("link")), fingerprintFile(file));
    for (const path of [folder.path, folder.at("missing"), `${file}/x`]) {
      assert.equal(fingerprintFile(path), undefined);
    }
  });
});

describe("verifyTools", () => {
  test("keeps what it verified, for this user alone, and believes it while nothing changed", (context) => {
    if (!requireSandbox(context)) return;
    using folder = new Folder();
    const record = folder.at("cache/tools.json");
    const tools = verifyTools(record, "x86_64");
    assert.equal(statSync(record).mode & 0o777, 0o600);
    assert.equal(statSync(folder.at("cache")).mode & 0o777, 0o700);
    const marked = { ...tools, bwrap: { ...tools.bwrap, version: "99" } };
    rewrite(record, (kept) => ({ ...kept, tools: marked }));
    assert.equal(verifyTools(record, "x86_64").bwrap.version, "99", "control: the record is used");
    const changed = { bwrap: { ...marked.bwrap, fingerprint: "another" } };
    rewrite(record, (kept) => ({ ...kept, tools: changed }));
    assert.deepEqual(verifyTools(record, "x86_64"), tools);
    rewrite(record, (kept) => ({
      tools: marked,
      kernel: { ...kept.kernel, maxUserNamespaces: 1 },
    }));
    assert.deepEqual(verifyTools(record, "x86_64"), tools);
  });

  for (const text of [
    "",
    "{",
    "null",
    "{}",
    '{"tools":{}}',
    '{"tools":{"bwrap":{}},"kernel":{}}',
  ]) {
    test(`verifies anew when the record is ${JSON.stringify(text)}`, (context) => {
      if (!requireSandbox(context)) return;
      using folder = new Folder();
      const tools = verifyTools(folder.at("tools.json"), "x86_64");
      const record = folder.write("other.json", text);
      assert.deepEqual(verifyTools(record, "x86_64"), tools);
    });
  }
});

function isSetuid(name: string): boolean {
  const path = join("/usr/bin", name);
  return existsSync(path) && (statSync(path).mode & 0o4000) !== 0;
}

type Kept = { tools: object; kernel: object };

function rewrite(record: string, change: (kept: Kept) => object): void {
  const kept = JSON.parse(readFileSync(record, "utf8")) as Kept;
  writeFileSync(record, JSON.stringify(change(kept)));
}
