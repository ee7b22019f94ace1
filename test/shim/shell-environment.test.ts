import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { renderCompletionLoader } from "../../src/shim/completion-loader.ts";
import { renderOwnDirectory, renderShellEnvironment } from "../../src/shim/shell-environment.ts";
import type { Shell } from "../../src/shim/shell-environment.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";

/** The program to run, and what `pale shellenv` is asked for. */
const SHELLS: [string, Shell][] = [
  ["bash", "bash"],
  ["dash", "sh"],
  ["busybox", "sh"],
  ["zsh", "zsh"],
  ["fish", "fish"],
];

const DIRECTORIES = [
  "/home/ada/.local/share/pale/shims",
  "/home/a da/shims",
  '/it\'s/"shims"',
  "/a\\b/$HOME/`id`/$(id)",
  "/*/[a]?/{x,y}/~/!#&;|<>",
  "/ünï😀\u200D/shims",
  "/}/%%/#/shims",
  "/new\nline",
];

for (const [program, shell] of SHELLS) {
  describe(`what ${program} evaluates`, () => {
    for (const directory of DIRECTORIES) {
      const script = renderShellEnvironment(shell, directory);
      const rows: [string, string, string][] = [
        ["puts the shims first", "/usr/bin:/bin", `${directory}:/usr/bin:/bin`],
        ["moves them there from the end", `/bin:${directory}`, `${directory}:/bin`],
        ["moves them there from the middle", `/a:${directory}:/b`, `${directory}:/a:/b`],
        ["leaves them there", `${directory}:/bin`, `${directory}:/bin`],
        ["leaves them there alone", directory, directory],
        ["has them once", `${directory}:${directory}:/a:${directory}`, `${directory}:/a`],
        [
          "knows them from what is named alike",
          `/bin:${directory}x:x${directory}:${directory}/x`,
          `${directory}:/bin:${directory}x:x${directory}:${directory}/x`,
        ],
      ];
      // All of it with plain words, what depends on quoting with the others.
      const chosen = directory === DIRECTORIES[0] ? rows : rows.slice(-3);
      for (const [what, before, after] of chosen) {
        test(`${what}, in ${JSON.stringify(directory)}`, (context) => {
          const found = evaluate({ context, program, script }, before);
          if (found === undefined) return;
          assert.equal(found.once, after);
          assert.equal(found.twice, after, "a second time changes nothing");
          assert.equal(found.nested, after, "nor does a nested shell");
        });
      }
    }

    test("adds no working directory to an empty PATH, and takes none away", (context) => {
      const script = renderShellEnvironment(shell, "/shims");
      const found = evaluate({ context, program, script }, "");
      if (found === undefined) return;
      // fish itself reads an empty entry, and an empty PATH, as a dot.
      const dot = program === "fish" ? "." : "";
      const alone = program === "fish" ? "/shims:." : "/shims";
      assert.equal(found.once, alone);
      assert.equal(found.twice, alone);
      assert.equal(
        evaluate({ context, program, script }, ":/bin:")?.once,
        `/shims:${dot}:/bin:${dot}`,
      );
    });

    test("has pale found, last, where nothing of that name is", (context) => {
      using folder = new Folder();
      folder.write("found/pale", "#!/bin/sh\n", 0o755);
      for (const own of DIRECTORIES) {
        const script = renderShellEnvironment(shell, "/shims") + renderOwnDirectory(shell, own);
        const ask = (path: string) => evaluate({ context, program, script }, path);
        const lacking = ask("/usr/bin:/bin");
        if (lacking === undefined) return;
        assert.equal(lacking.once, `/shims:/usr/bin:/bin:${own}`);
        const path = `/usr/bin:${folder.at("found")}`;
        assert.equal(ask(path)?.nested, `/shims:${path}`, "it is left as it is");
      }
    });

    test("leaves no variable behind", (context) => {
      const script = renderShellEnvironment(shell, "/shims");
      const found = evaluate({ context, program, script }, "/usr/bin:/bin");
      if (found !== undefined) assert.equal(found.left, "none\n");
    });
  });
}

for (const program of ["bash", "dash", "zsh"]) {
  test(`${program} evaluates it with \`set -eu\` and without a PATH, too`, (context) => {
    const path = requireTool(context, program);
    if (!path) return;
    const script = `set -eu\nunset PATH\n${renderShellEnvironment("sh", "/shims")}echo "$PATH"`;
    const { stdout, stderr } = spawnSync(path, ["-c", script], { encoding: "utf8" });
    assert.deepEqual({ stdout, stderr }, { stdout: "/shims\n", stderr: "" });
  });
}

test("an interactive zsh keeps its hooks and says nothing, whatever its options", (context) => {
  if (requireTool(context, "zsh") === undefined) return;
  const script = renderCompletionLoader("zsh", { pale: "/opt/pale", twins: ["claude"] });
  for (const [before, hooks] of [
    ["", "_pale_register"],
    ["setopt err_exit no_unset; ", "_pale_register"],
    ["setopt ksh_arrays; precmd_functions=(one two); ", "one two _pale_register"],
  ] as const) {
    const print = "emulate zsh; print -r -- $precmd_functions";
    // Without the startup files, and in a session of its own: it would take the terminal.
    const argv = ["--wait", "zsh", "-f", "-i", "-c", `${before}${script}${print}`];
    const { stdout, stderr } = spawnSync("setsid", argv, { encoding: "utf8" });
    assert.deepEqual({ stdout, stderr }, { stdout: `${hooks}\n`, stderr: "" }, before);
  }
});

// SC2016: what looks like an expansion in a path is none. SC2089, SC2090: quotes in one are its own.
test("the script for POSIX shells is one that shellcheck has nothing to say about", (context) => {
  if (!requireTool(context, "shellcheck")) return;
  for (const directory of DIRECTORIES.filter((each) => !each.includes("\n"))) {
    const both = renderShellEnvironment("sh", directory) + renderOwnDirectory("sh", directory);
    const input = `#!/bin/sh\n${both}`;
    const { stdout, status } = spawnSync("shellcheck", ["--exclude=SC2016,SC2089,SC2090", "-"], {
      input,
      encoding: "utf8",
    });
    assert.deepEqual({ stdout, status }, { stdout: "", status: 0 });
  }
});

type Question = { context: TestContext; program: string; script: string };

function evaluate({ context, program, script }: Question, path: string) {
  const file = requireTool(context, program);
  return file === undefined ? undefined : evaluateIn({ program, file, path }, script);
}

/** PATH after one evaluation, after two, and after two in a shell within a shell. */
function evaluateIn(shell: Run, script: string) {
  const { program } = shell;
  const print = program === "fish" ? "string join : $PATH" : 'printf "%s\\n" "$PATH"';
  const mark = "echo ---mark---";
  const left = program === "fish" ? "set -q pale_index; or echo none" : "echo ${pale_path-none}";
  const text = [script, print, mark, script, print, mark, left, ""].join("\n");
  const outer = run(shell, text);
  const [once = "", twice = "", rest = ""] = outer.split("---mark---\n");
  const nested = run({ ...shell, path: twice.slice(0, -1) }, `${script}\n${print}\n`);
  return {
    once: once.slice(0, -1),
    twice: twice.slice(0, -1),
    nested: nested.slice(0, -1),
    left: rest,
  };
}

type Run = { program: string; file: string; path: string };

function run({ program, file, path }: Run, text: string): string {
  const quiet = { bash: ["--norc"], dash: [], busybox: ["sh"], zsh: ["-f"], fish: ["--no-config"] };
  const flags = quiet[program as keyof typeof quiet];
  // Debian's zshenv fills a PATH that is empty.
  const empty = program === "zsh" && path === "" ? "PATH=\n" : "";
  const { stdout, stderr } = spawnSync(file, [...flags, "-c", empty + text], {
    encoding: "utf8",
    env: { HOME: "/nonexistent", LC_ALL: "C.UTF-8", PATH: path },
  });
  assert.equal(stderr, "");
  return stdout;
}
