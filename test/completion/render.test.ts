import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { listCommands, listSpellings } from "../../src/completion/definition.ts";
import { renderManualPage } from "../../src/completion/manual.ts";
import { COMPLETED_SHELLS, renderCompletion } from "../../src/completion/render.ts";
import { RUN_OPTIONS } from "../../src/commands/run-options.ts";
import { renderCompletionLoader } from "../../src/shim/completion-loader.ts";
import { requireTool } from "../helpers/requires.ts";
import { DEFINITION } from "./definitions.ts";

const COMMANDS = listCommands(DEFINITION);
const HOSTILE = "/it's $(touch /tmp/x)/pale";

test("the definitions have what commander and `pale run` take", () => {
  const names = COMMANDS.map(({ words }) => words.join(" "));
  for (const name of ["run", "allow", "shims add", "completion", "help"]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(!names.includes("complete"), "hidden");
  const run = COMMANDS.find(({ words }) => words.join(" ") === "run");
  assert.deepEqual(
    run?.options.map(({ long }) => long),
    RUN_OPTIONS.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name),
  );
  const find = (name: string) => run?.options.find(({ long }) => long === name)?.values;
  assert.deepEqual(find("network")?.choices, ["none", "filtered", "open", "host"]);
  assert.deepEqual(find("uses")?.sources, ["profile"]);
  assert.deepEqual(find("project")?.sources, ["directory"]);
});

describe("every command and every option is", () => {
  for (const shell of COMPLETED_SHELLS) {
    test(`in the script for ${shell}`, () => {
      const script = renderCompletion(shell, DEFINITION, "/usr/bin/pale");
      for (const { words, options } of COMMANDS) {
        const name = words.at(-1) ?? "";
        assert.match(script, new RegExp(`[ ('"]${name}[ :)'"]`, "u"), name);
        for (const option of options) {
          for (const spelling of listSpellings(option)) {
            const inFish = spelling.startsWith("--")
              ? ` -l ${spelling.slice(2)} `
              : ` -s ${spelling.slice(1)} `;
            const wanted = shell === "fish" ? inFish : spelling;
            assert.ok(script.includes(wanted), `${name} ${spelling}`);
          }
        }
      }
    });
  }

  test("in the manual page, with its help", () => {
    const page = renderManualPage(DEFINITION).replaceAll(String.raw`\-`, "-");
    for (const { words, options } of COMMANDS) {
      if (words.length === 0 || words.at(-1) === "help") continue;
      assert.ok(page.includes(`\n.B pale ${words.join(" ")}`), words.join(" "));
      for (const option of options.filter(({ long }) => long !== "help")) {
        const heading = `\n.B ${listSpellings(option).join(", ")}`;
        assert.ok(page.includes(heading), `${words.join(" ")} ${heading}`);
      }
    }
    assert.equal(renderManualPage(DEFINITION), renderManualPage(DEFINITION));
  });

  test("in a group of the help", () => {
    for (const { group, words } of DEFINITION.commands) {
      assert.match(group, /^[A-Z]\w+:$/u, words.join(" "));
    }
  });
});

describe("a shell can read", () => {
  for (const shell of COMPLETED_SHELLS) {
    test(`the script for ${shell}, and what loads it`, (context) => {
      const program = requireTool(context, shell);
      if (program === undefined) return;
      const check = (input: string) => {
        const { status, stderr } = spawnSync(program, ["-n"], { input, encoding: "utf8" });
        return { status, stderr };
      };
      const loader = renderCompletionLoader(shell, { pale: HOSTILE, twins: ["claude"] });
      for (const script of [renderCompletion(shell, DEFINITION, HOSTILE), loader]) {
        assert.deepEqual(check(script), { status: 0, stderr: "" });
      }
      assert.notEqual(check("if (((").status, 0, "the control");
    });
  }

  test("shellcheck has nothing to say about the script for bash", (context) => {
    if (!requireTool(context, "shellcheck")) return;
    const input = renderCompletion("bash", DEFINITION, "/usr/bin/pale");
    const { status, stdout } = spawnSync("shellcheck", ["--shell=bash", "-"], {
      input,
      encoding: "utf8",
    });
    assert.deepEqual({ status, stdout }, { status: 0, stdout: "" });
  });
});

describe("the manual page", () => {
  const page = renderManualPage(DEFINITION);
  const PROGRAMS: [string, string[]][] = [
    ["groff", ["-man", "-Tutf8", "-ww", "-z"]],
    ["mandoc", ["-T", "lint", "-W", "warning"]],
  ];
  for (const [program, options] of PROGRAMS) {
    test(`is one that ${program} has nothing to say about`, (context) => {
      if (!requireTool(context, program)) return;
      const run = (input: string) => {
        const { stdout, stderr } = spawnSync(program, options, { input, encoding: "utf8" });
        return stdout + stderr;
      };
      assert.equal(run(page), "");
      assert.notEqual(run(`${page}.TP\n.ft NOFONT\n.SH\n`), "", "the control");
    });
  }

  test("has the day of its version: whoever changes the one changes the other", () => {
    const [title] = page.split("\n");
    assert.equal(title, '.TH PALE 1 2026-11-21 "pale 0.1.0" "User Commands"');
  });

  test("has no line that starts as a request does and is none", () => {
    const requests = page.split("\n").filter((line) => /^[.']/u.test(line));
    for (const line of requests) assert.match(line, /^\.(?:TH|SH|SS|TP|PP|B|BR|RS|RE)(?: |$)/u);
  });
});
