import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { AGENTS } from "../../src/config/builtin.ts";
import { SHIM_MARK } from "../../src/host/search.ts";
import { renderShims } from "../../src/shim/render.ts";
import { Folder } from "../helpers/folder.ts";
import { requireTool } from "../helpers/requires.ts";

/** Directories that pale may be in, for what they have to survive in a script. */
const PLACES = [
  "plain",
  "two words",
  "it's",
  'say "hi"',
  "$HOME `id` $(id) \\ *",
  "ünï😀\u200Dcode",
  "a\nb\tc",
  "@NAME@ @PALE@",
  "-rf",
];

describe("renderShims", () => {
  test("gives the shim and its raw twin, from the prototypes", () => {
    assert.deepEqual(renderShims({ name: "claude", profile: "claude", pale: "/opt/pale" }), [
      {
        name: "claude",
        text: `#!/bin/sh
# pale shim: runs \`claude\` in its sandbox. Written by \`pale shims\`; \`claude-raw\` is the way out.
# Set, it makes the runtime in pale run what follows as a script of its own, out here.
unset BUN_BE_BUN
# Inside of one, pale is at /run/pale; outside, only root can have put anything there.
[ -x /opt/pale ] || [ ! -x /run/pale/pale ] || exec /run/pale/pale run --shim --profile claude -- claude "$@"
exec /opt/pale run --shim --profile claude -- claude "$@"
`,
      },
      {
        name: "claude-raw",
        text: `#!/bin/sh
# pale shim: runs the real \`claude\`, without a sandbox. Written by \`pale shims\`.
# Inside of one, pale is at /run/pale; outside, only root can have put anything there.
real=/opt/pale
[ -x "$real" ] || [ ! -x /run/pale/pale ] || real=/run/pale/pale
real=$(unset BUN_BE_BUN; "$real" which claude) || exit
exec "$real" "$@"
`,
      },
    ]);
  });

  for (const name of AGENTS) {
    test(`marks the shims of ${name} where a look at the first bytes finds it`, () => {
      for (const { text } of renderShims({ name, pale: "/opt/pale" })) {
        assert.ok(text.slice(0, 256).includes(SHIM_MARK));
        assert.doesNotMatch(text, /@[A-Z]+@/u);
      }
    });
  }

  for (const place of PLACES.filter((each) => !/[\n\t]/u.test(each))) {
    test(`gives scripts that shellcheck has nothing to say about, in ${JSON.stringify(place)}`, (context) => {
      if (!requireTool(context, "shellcheck")) return;
      // SC2016: what looks like an expansion in a path is none.
      for (const { text } of renderShims({ name: "claude", pale: `/opt/${place}/pale` })) {
        const { stdout, status } = spawnSync("shellcheck", ["--exclude=SC2016", "-"], {
          input: text,
          encoding: "utf8",
        });
        assert.deepEqual({ stdout, status }, { stdout: "", status: 0 });
      }
    });
  }
});

describe("a shim", () => {
  const ARGUMENTS = ["", "two words", "it's", "$HOME", "*", "--", "-e", "a\nb", "\\n", "😀"];

  for (const shell of ["dash", "bash", "busybox", "zsh"]) {
    test(`hands its arguments on untouched, wherever pale is (${shell})`, (context) => {
      if (!requireTool(context, shell)) return;
      using folder = new Folder();
      for (const place of PLACES) {
        const pale = folder.write(`${place}/pale`, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n", 0o755);
        const [shim] = renderShims({ name: "claude", profile: "claude", pale });
        const outcome = runShim(shell, folder.write("shim", shim?.text), ARGUMENTS);
        const expected = ["run", "--shim", "--profile", "claude", "--", "claude", ...ARGUMENTS];
        assert.deepEqual(outcome, { status: 0, words: expected });
      }
    });

    test(`puts its own arguments in front, and names no profile where it has none (${shell})`, (context) => {
      if (!requireTool(context, shell)) return;
      using folder = new Folder();
      const pale = folder.write("pale", "#!/bin/sh\nprintf '%s\\0' \"$@\"\n", 0o755);
      const [shim, raw] = renderShims({ name: "npm", arguments: ARGUMENTS, pale });
      const outcome = runShim(shell, folder.write("shim", shim?.text), ["of caller"]);
      const expected = ["run", "--shim", "--", "npm", ...ARGUMENTS, "of caller"];
      assert.deepEqual(outcome, { status: 0, words: expected });
      const [, plain] = renderShims({ name: "npm", pale });
      assert.equal(raw?.text, plain?.text, "the raw one has none");
    });

    test(`that is raw becomes the real program, and hands its arguments on (${shell})`, (context) => {
      if (!requireTool(context, shell)) return;
      using folder = new Folder();
      const real = folder.write(
        "a place/claude",
        "#!/bin/sh\nprintf '%s\\0' \"$@\"\nexit 3\n",
        0o755,
      );
      const answer = `#!/bin/sh\ntest "$*" = "which claude" && echo '${real}'\n`;
      const [, shim] = renderShims({ name: "claude", pale: folder.write("pale", answer, 0o755) });
      const outcome = runShim(shell, folder.write("shim", shim?.text), ARGUMENTS);
      assert.deepEqual(outcome, { status: 3, words: ARGUMENTS });
    });

    test(`that is raw ends as pale does when there is no real program (${shell})`, (context) => {
      if (!requireTool(context, shell)) return;
      using folder = new Folder();
      const pale = folder.write("pale", "#!/bin/sh\nexit 127\n", 0o755);
      const [, shim] = renderShims({ name: "claude", pale });
      const outcome = runShim(shell, folder.write("shim", shim?.text), ARGUMENTS);
      assert.deepEqual(outcome, { status: 127, words: [] });
    });
  }
});

function runShim(shell: string, file: string, argv: readonly string[]) {
  const applet = shell === "busybox" ? ["sh"] : [];
  const result = spawnSync(shell, [...applet, file, ...argv], { encoding: "utf8" });
  assert.equal(result.stderr, "");
  return { status: result.status, words: result.stdout.split("\0").slice(0, -1) };
}
