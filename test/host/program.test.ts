import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findPackageRoot, traceProgram } from "../../src/host/program.ts";
import { Folder } from "../helpers/folder.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const CLI = "lib/node_modules/@anthropic-ai/claude-code/cli.js";
const NODE_SCRIPT = "#!/usr/bin/env node\n";
const PNPM_10 = `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/global/5/node_modules/claude-code/cli.js" "$@"
else
  exec node  "$basedir/global/5/node_modules/claude-code/cli.js" "$@"
fi
`;

/** The trace of `claude` with all paths relative to the folder, and the rest of PATH behind. */
function trace(folder: Folder, path: readonly string[], command = "claude") {
  const program = traceProgram(command, {
    path: [...path.map((name) => folder.at(name)), "/usr/bin", "/bin"].join(":"),
    workingDirectory: folder.path,
    shimDirectories: [],
  });
  const shorten = (name: string) => name.replace(`${folder.path}/`, "");
  return {
    path: shorten(program.path),
    links: program.links.map(({ path: at, target }) => `${shorten(at)} -> ${shorten(target)}`),
    exposed: program.exposed.map(shorten),
    directories: program.directories.map(shorten),
  };
}

function isInFolder(shortened: string): boolean {
  return !shortened.startsWith("/");
}

describe("traceProgram", () => {
  test("follows npm's link to the packages, and finds the interpreter on PATH", () => {
    using folder = new Folder();
    folder.write(`global/${CLI}`, NODE_SCRIPT, 0o755);
    folder.link("global/bin/claude", `../${CLI}`);
    folder.write("node/node", "", 0o755);
    assert.deepEqual(trace(folder, ["global/bin", "node"]), {
      path: "global/bin/claude",
      links: [`global/bin/claude -> ../${CLI}`],
      exposed: ["global/lib/node_modules", "node/node"],
      directories: ["global/bin", "node"],
    });
  });

  test("shows the whole Node of nvm that the script asks for", () => {
    using folder = new Folder();
    const prefix = ".nvm/versions/node/v22";
    folder.write(`${prefix}/${CLI}`, NODE_SCRIPT, 0o755);
    folder.link(`${prefix}/bin/claude`, `../${CLI}`);
    folder.write(`${prefix}/bin/node`, "\u007FELF", 0o755);
    folder.write(`${prefix}/include/node/node.h`);
    folder.link(".nvm/current", "versions/node/v22");
    assert.deepEqual(trace(folder, [".nvm/current/bin"]), {
      path: ".nvm/current/bin/claude",
      links: [
        ".nvm/current -> versions/node/v22",
        `${prefix}/bin/claude -> ../${CLI}`,
        ".nvm/current -> versions/node/v22",
      ],
      exposed: [`${prefix}/lib/node_modules`, prefix],
      directories: [".nvm/current/bin", ".nvm/current/bin"],
    });
  });

  test("shows the one version that the native installer's link leads to", () => {
    using folder = new Folder();
    folder.write(".local/share/claude/versions/2.0.1", "\u007FELF", 0o755);
    folder.write(".local/share/claude/versions/2.0.2", "\u007FELF", 0o755);
    const real = folder.at(".local/share/claude/versions/2.0.1");
    folder.link(".local/bin/claude", real);
    assert.deepEqual(trace(folder, [".local/bin"]), {
      path: ".local/bin/claude",
      links: [".local/bin/claude -> .local/share/claude/versions/2.0.1"],
      exposed: [".local/share/claude/versions/2.0.1"],
      directories: [".local/bin"],
    });
  });

  test("goes through the wrapper of pnpm, and past its links into the store", () => {
    using folder = new Folder();
    const store = "pnpm/global/5/.pnpm/claude-code@2/node_modules/claude-code";
    folder.write(`${store}/cli.js`, NODE_SCRIPT, 0o755);
    const target = "../.pnpm/claude-code@2/node_modules/claude-code";
    folder.link("pnpm/global/5/node_modules/claude-code", target);
    folder.write("pnpm/claude", PNPM_10, 0o755);
    folder.write("node/node", "", 0o755);
    const { exposed, links, directories } = trace(folder, ["pnpm", "node"]);
    const inside = exposed.filter(isInFolder);
    assert.deepEqual(inside, ["pnpm/claude", "pnpm/global/5/.pnpm", "node/node"]);
    assert.deepEqual(links.filter(isInFolder), [
      `pnpm/global/5/node_modules/claude-code -> ${target}`,
    ]);
    assert.deepEqual(directories, ["pnpm", "/bin", "node"]);
  });

  test("goes through the wrapper of pnpm 11 and later, which has one store for all", () => {
    using folder = new Folder();
    const real = "pnpm/store/v11/links/@/claude-code/2/0ff/node_modules/claude-code/cli.js";
    folder.write(real, NODE_SCRIPT, 0o755);
    folder.write("node/node", "", 0o755);
    const text = `#!/bin/sh\n${"# long\n".repeat(800)}# cmd-shim-target=${folder.at(real)}\n`;
    folder.write("pnpm/bin/claude", text, 0o755);
    const { exposed } = trace(folder, ["pnpm/bin", "node"]);
    assert.ok(exposed.includes("pnpm/store/v11/links"), exposed.join(" "));
    assert.ok(exposed.includes("node/node"));
  });

  const forged = ["# cmd-shim-target=SECRET", 'exec node "$basedir/../.ssh/id_ed25519" "$@"'];
  for (const line of forged) {
    test(`does not show what a forged wrapper names: ${line}`, () => {
      using folder = new Folder();
      const secret = folder.write(".ssh/id_ed25519", "key");
      folder.write("bin/claude", `#!/bin/sh\n${line.replace("SECRET", secret)}\n`, 0o755);
      const { exposed } = trace(folder, ["bin"]);
      assert.deepEqual(
        exposed.filter((path) => path.includes("ssh")),
        [],
      );
      assert.ok(exposed.includes("bin/claude"), "control");
    });
  }

  test("shows a program alone that lies loose in a directory", () => {
    using folder = new Folder();
    folder.write("claude", "#!/bin/sh\n", 0o755);
    folder.write("private");
    const { exposed } = trace(folder, [], "./claude");
    assert.equal(exposed[0], "claude");
  });

  const shebangs: [string, string][] = [
    ["#!INTERPRETER", "an absolute path"],
    ["#! \t INTERPRETER  --flag", "blanks and a flag"],
    ["#!/usr/bin/env interpreter", "env"],
    ["#!/usr/bin/env -S interpreter --flag", "env with a split line"],
    ["#!/usr/bin/env -S A=1 interpreter", "env with a variable"],
    ["#!/usr/bin/env -i interpreter", "env with a flag"],
  ];
  for (const [shebang, what] of shebangs) {
    test(`finds the interpreter of a script: ${what}`, () => {
      using folder = new Folder();
      const interpreter = folder.write("tools/interpreter", "\u007FELF", 0o755);
      folder.write("bin/claude", `${shebang.replace("INTERPRETER", interpreter)}\nx\n`, 0o755);
      const { exposed } = trace(folder, ["bin", "tools"]);
      assert.deepEqual(exposed, ["bin/claude", "tools/interpreter"]);
    });
  }

  test("follows an interpreter that is a script itself, and one that is its own", () => {
    using folder = new Folder();
    folder.write("bin/claude", "#!/usr/bin/env runner\n", 0o755);
    folder.write("bin/runner", `#!${folder.at("bin/loop")}\n`, 0o755);
    folder.write("bin/loop", `#!${folder.at("bin/loop")}\n`, 0o755);
    const { exposed } = trace(folder, ["bin"]);
    assert.deepEqual([...new Set(exposed)], ["bin/claude", "bin/runner", "bin/loop"]);
  });

  test("says that an interpreter is missing", () => {
    using folder = new Folder();
    folder.write("bin/claude", "#!/usr/bin/env no-such-interpreter\n", 0o755);
    const [error] = catchUserErrors(() => trace(folder, ["bin"]));
    assert.equal(error?.message, "`no-such-interpreter` was not found on PATH");
  });
});

describe("findPackageRoot", () => {
  const rows: [string, string, string][] = [
    ["/h/.npm-global/lib/node_modules/a/b/cli.js", "/h/.npm-global/lib/node_modules", "npm"],
    ["/h/p/node_modules/a/node_modules/b/cli.js", "/h/p/node_modules", "nested packages"],
    ["/h/pnpm/global/5/.pnpm/a@1/node_modules/a/cli.js", "/h/pnpm/global/5/.pnpm", "pnpm"],
    ["/h/pnpm/store/v11/links/@/a/1/0f/node_modules/a/x", "/h/pnpm/store/v11/links", "pnpm 11"],
    ["/h/.local/share/claude/versions/2.0.1", "/h/.local/share/claude/versions/2.0.1", "a file"],
    ["/h/node_modules", "/h/node_modules", "a file of that name"],
    ["/h/my_node_modules/x", "/h/my_node_modules/x", "a directory that ends like it"],
    ["/h/bin/tool", "/h/bin/tool", "a file in bin"],
  ];
  for (const [file, root, what] of rows) {
    test(`of ${file} is ${root}: ${what}`, () => assert.equal(findPackageRoot(file), root));
  }

  for (const mark of ["include/node/node.h", "pyvenv.cfg", "conda-meta/x"]) {
    test(`is the prefix of a runtime that has ${mark}`, () => {
      using folder = new Folder();
      folder.write(`runtime/${mark}`);
      assert.equal(findPackageRoot(folder.at("runtime/bin/tool")), folder.at("runtime"));
      assert.equal(findPackageRoot(folder.at("runtime/sbin/tool")), folder.at("runtime/sbin/tool"));
    });
  }

  test("is never ~/.local, whatever has been unpacked there", () => {
    using folder = new Folder();
    folder.write(".local/include/node/node.h");
    assert.equal(findPackageRoot(folder.at(".local/bin/node")), folder.at(".local/bin/node"));
  });
});
