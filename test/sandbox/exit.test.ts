import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requireSandbox } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

describe("the exit code", () => {
  const codes: [string, string[], number][] = [
    ["is the command's own: success", ["sh", "-c", "exit 0"], 0],
    ["is the command's own: failure", ["sh", "-c", "exit 7"], 7],
    ["is 128 + n for a signal", ["sh", "-c", "kill -TERM $$"], 143],
    ["is 128 + n for SIGKILL", ["sh", "-c", "kill -KILL $$"], 137],
    ["is 127 for a command that is not there", ["no-such-command-5d0f"], 127],
    ["is 127 for a path that is not there", ["./no-such-file"], 127],
    ["is 126 for a file that cannot be run", ["./data"], 126],
  ];
  for (const [title, command, expected] of codes) {
    test(title, (t) => {
      if (!requireSandbox(t)) return;
      using world = new World();
      world.write("work/project/data", "no program\n");
      assert.equal(world.pale(["run", "--", ...command]).status, expected);
    });
  }

  const failures: [string, string[], string][] = [
    [
      "an unknown option",
      ["run", "--netwrok", "none", "true"],
      "pale: unknown option `--netwrok`\n  did you mean `--network`?\n",
    ],
    ["no command", ["run"], "pale: no command to run\n  pale run [OPTIONS] [--] CMD [ARGS...]\n"],
    [
      "an unknown profile",
      ["run", "--profile", "cluade", "true"],
      "pale: unknown profile `cluade`\n  at --profile\n  did you mean `claude`?\n",
    ],
    ["an unknown command", ["shimz"], "pale: unknown command 'shimz'\n  (Did you mean shims?)\n"],
  ];
  for (const [title, args, message] of failures) {
    test(`is 125 for ${title}`, () => {
      using world = new World();
      assert.deepEqual(world.pale(args), { status: 125, stdout: "", stderr: message });
    });
  }

  for (const command of ["run", "which", "connect", "exec", "shims"]) {
    test(`is 0 for the help of \`${command}\``, () => {
      using world = new World();
      const { status, stdout } = world.pale([command, "--help"]);
      assert.match(stdout, new RegExp(`^Usage: pale ${command} `, "u"));
      assert.equal(status, 0);
    });
  }

  test("is 125 for what the system refuses, without a stack", () => {
    using world = new World();
    world.write(".cache", "a file where a directory must be");
    assert.deepEqual(world.pale(["run", "--", "true"]), {
      status: 125,
      stdout: "",
      stderr:
        `pale: \`${world.home}/.cache/pale\`: not a directory\n  at mkdir, ENOTDIR\n` +
        "  check that it is there, that you may use it, and that the disk is not full\n",
    });
  });

  test("is 125 for a configuration with errors, which are all told, and nothing starts", () => {
    using world = new World();
    const file = world.write(
      ".config/pale/config.toml",
      '[profile.work]\nmuonts = []\nnetwork = "hosts"\n',
    );
    const { status, stdout, stderr } = world.inside("echo started");
    assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
    assert.equal(
      stderr,
      `pale: unknown key \`profile.work.muonts\`\n  at ${file}:2\n  did you mean \`mounts\`?\n` +
        `pale: \`profile.work.network\`: must be \`none\` or \`filtered\` or \`open\` or \`host\`\n  at ${file}:3\n`,
    );
  });
});
