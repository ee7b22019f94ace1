import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { describe, test } from "node:test";
import { setUp } from "../../src/commands/setup.ts";
import type { SetupOptions } from "../../src/commands/setup.ts";
import { tearDown } from "../../src/commands/teardown.ts";
import type { TeardownOptions } from "../../src/commands/teardown.ts";
import { writeShims } from "../../src/commands/shims.ts";
import { Folder } from "../helpers/folder.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";

function render(home: Folder, shell = "bash", pale = "/opt/pale"): string {
  const shims = home.at(".local/share/pale/shims");
  const without = `'export PATH=${shims}"\${PATH:+:$PATH}"'`;
  return `eval "$(/bin/sh -c 'cd / && "$0" shellenv ${shell} || printf "%s\\n" "$1"' ${pale} ${without})"`;
}

const YES = { yes: true, shell: ["bash"] };

describe("pale setup", () => {
  test("puts its block last, and a second time changes nothing", async () => {
    using home = new Folder();
    const file = home.write(".bashrc", "a=1");
    const output = await run(home, YES);
    assert.match(output, /^ {2} {2}a=1\n {2}\+ # >>> pale >>>$/mu, "the difference is shown");
    assert.ok(read(file).endsWith(`${render(home)}\n# <<< pale <<<\n`));
    assert.ok(read(home.at(".profile")).includes(render(home, "sh")));
    const before = [read(file), statSync(file).ino];
    assert.match(await run(home, { shell: ["bash"] }), /~\/\.bashrc: has it already/u);
    assert.deepEqual([read(file), statSync(file).ino], before);
  });

  test("moves its block to the end again, and gives it the pale that is there now", async () => {
    using home = new Folder();
    const file = home.write(".bashrc", "a=1");
    await run(home, YES);
    home.write(".bashrc", `${read(file)}PATH=/x:$PATH\n`);
    await run(home, YES, { executable: "/new/pale" });
    assert.match(read(file), /^a=1\nPATH=\/x:\$PATH\n# >>> pale >>>\n/u);
    assert.equal(read(file).split("shellenv").length, 2);
    assert.ok(read(file).includes(render(home, "bash", "/new/pale")));
  });

  test("shows and changes nothing with --dry-run, nor when the answer is no", async () => {
    using home = new Folder();
    const file = home.write(".bashrc", "a=1\n");
    assert.match(await run(home, { ...YES, dryRun: true }), /\+ # >>> pale >>>/u);
    assert.match(await run(home, { shell: ["bash"] }, { answer: "" }), /nothing is changed\n$/u);
    assert.deepEqual([read(file), readdirSync(home.path)], ["a=1\n", [".bashrc"]]);
    await run(home, { shell: ["bash"] }, { answer: "y" });
    assert.notEqual(read(file), "a=1\n", "control");
  });

  test("asks for --yes where there is nobody to ask", async () => {
    using home = new Folder();
    assert.deepEqual(await rejectedUserErrors(run(home, { shell: ["bash"] })), [
      {
        message: "`pale setup` needs a terminal to ask on",
        hint: "run it in one, or add `--yes` once you have read what `--dry-run` shows",
      },
    ]);
    assert.deepEqual(readdirSync(home.path), []);
  });

  test("does not overwrite what changed while it asked", async () => {
    using home = new Folder();
    const file = home.write(".bashrc", "a=1\n");
    const change = () => home.write(".bashrc", "a=2\n");
    const errors = await rejectedUserErrors(
      run(home, { shell: ["bash"] }, { answer: "y", change }),
    );
    assert.equal(errors[0]?.message, `\`${file}\` has changed meanwhile`);
    assert.equal(read(file), "a=2\n");
  });

  test("chooses the shells that are in use", async () => {
    using home = new Folder();
    await run(home, { yes: true }, { shell: "/usr/bin/zsh" });
    assert.deepEqual(readdirSync(home.path).sort(), [".zshenv", ".zshrc"]);
    home.directory(".config/fish");
    home.write(".bash_profile");
    await run(home, { yes: true }, { shell: "/bin/ksh" });
    const all = [".bash_profile", ".bashrc", ".config", ".profile", ".zshenv", ".zshrc"];
    assert.deepEqual(readdirSync(home.path).sort(), all);
    assert.deepEqual(readdirSync(home.at(".config/fish/conf.d")), ["zz-pale.fish"]);
    const [error] = await rejectedUserErrors(run(home, { shell: ["tcsh"] }));
    assert.equal(error?.message, "`tcsh` is not a shell that pale knows");
  });

  test("follows links, and keeps them, the mode and the owner", async () => {
    using home = new Folder();
    using dotfiles = new Folder();
    const target = dotfiles.write("bashrc", "a=1\n", 0o640);
    const owner = process.getuid?.() === 0 ? 12_345 : statSync(target).uid;
    if (process.getuid?.() === 0) chownSync(target, owner, owner);
    const link = home.link(".bashrc", target);
    assert.match(await run(home, YES), new RegExp(`~/\\.bashrc -> ${target}:`, "u"));
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.ok(read(target).endsWith(`${render(home)}\n# <<< pale <<<\n`));
    const { mode, uid } = statSync(target);
    assert.deepEqual({ mode: mode & 0o777, uid }, { mode: 0o640, uid: owner });
    assert.deepEqual(readdirSync(dotfiles.path), ["bashrc"], "nothing is left beside it");
  });

  test("changes a file once that two names lead to", async () => {
    using home = new Folder();
    home.write(".bashrc", "a=1\n");
    home.link(".profile", ".bashrc");
    await run(home, YES);
    assert.equal(read(home.at(".bashrc")).split("shellenv").length, 2);
  });

  test("leaves a read-only file alone, and prints what to add", async () => {
    using home = new Folder();
    const file = home.write(".bashrc", "a=1\n", 0o444);
    home.write(".profile", 'eval "$(direnv hook bash)"\n', 0o444);
    const output = await run(home, { shell: ["bash"] });
    assert.match(output, /^ {2}~\/\.profile:1: direnv, at every prompt/mu);
    const expected = `~/.bashrc: left alone (read-only)\n  add this as its last line:\n    ${render(home)}\n`;
    assert.ok(output.startsWith(expected), output);
    assert.match(output, /once you have done what is said above/u);
    assert.equal(read(file), "a=1\n");
    chmodSync(file, 0o644);
    for (const line of [render(home), 'eval "$(/opt/pale shellenv bash)"']) {
      home.write(".bashrc", `a=1\n${line}\n`);
      chmodSync(file, 0o444);
      assert.match(await run(home, { shell: ["bash"] }), /^~\/\.bashrc: has it already\n/u);
      chmodSync(file, 0o644);
    }
    await run(home, YES);
    assert.ok(read(file).includes(">>> pale >>>"), "control");
  });

  test("names home-manager's option for each file", async () => {
    for (const [file, shell, option] of [
      [".bash_profile", "bash", "programs.bash.profileExtra"],
      [".zshenv", "zsh", "programs.zsh.envExtra"],
      [".zprofile", "zsh", "programs.zsh.profileExtra"],
      [".zshrc", "zsh", "programs.zsh.initContent"],
      [".zlogin", "zsh", "programs.zsh.loginExtra"],
      [".config/fish/config.fish", "fish", "programs.fish.shellInitLast"],
    ] as const) {
      using home = new Folder();
      home.write(file, "a=1\n", 0o444);
      const output = await run(home, { yes: true, shell: [shell] });
      assert.ok(output.includes(`  (home-manager: ${option} = lib.mkAfter`), `${file}: ${output}`);
    }
  });

  test("leaves a hard link alone: the other name would keep the old text", async () => {
    using home = new Folder();
    const other = home.write("dotfiles/bashrc", "a=1\n");
    linkSync(other, home.at(".bashrc"));
    const output = await run(home, YES);
    assert.match(
      output,
      /~\/\.bashrc: left alone \(a hard link: .*\n {2}add this as its last line:/u,
    );
    assert.equal(statSync(other).ino, statSync(home.at(".bashrc")).ino);
    assert.equal(read(other), "a=1\n");
    assert.match(read(home.at(".profile")), /shellenv/u, "control");
  });

  test("leaves what is no file and half a block alone", async () => {
    using home = new Folder();
    home.directory(".bashrc");
    home.write(".profile", "a\n# >>> pale >>>\n");
    const output = await run(home, YES);
    assert.match(output, /~\/\.bashrc: left alone \(not a file\)/u);
    assert.match(output, /~\/\.profile: left alone \(line 2 is half of a block/u);
    assert.equal(read(home.at(".profile")), "a\n# >>> pale >>>\n");
  });

  test("names what changes PATH later", async () => {
    using home = new Folder();
    home.write(".bashrc", '. ~/.nvm/nvm.sh\neval "$(direnv hook bash)"\n');
    home.write(".config/fish/config.fish", "fish_add_path ~/bin\n", 0o444);
    home.write(".config/fish/conf.d/zz-pale.fish", "mise activate fish | source\n");
    const output = await run(home, { yes: true, shell: ["bash", "fish"] });
    assert.match(output, /^ {2}~\/\.bashrc:2: direnv, at every prompt/mu);
    assert.match(output, /^ {2}~\/\.config\/fish\/conf\.d\/zz-pale\.fish:1: mise, at every/mu);
    assert.match(output, /^~\/\.config\/fish\/config\.fish: left alone \(read-only\)$/mu);
    assert.doesNotMatch(output, /nvm,/u);
  });
});

describe("pale teardown", () => {
  const texts = ["", "a=1\n", "a=1", "a=1\r\nb=2\r\n", "\r\na", "caf\u00E9 \u00FF\n\n"];
  for (const text of texts) {
    test(`gives every byte back: ${JSON.stringify(text)}`, async () => {
      using home = new Folder();
      const names = [
        ".bashrc",
        ".bash_login",
        ".zshenv",
        ".zlogin",
        ".config/fish/conf.d/zz-pale.fish",
      ];
      for (const name of names) home.write(name, "");
      for (const name of names) writeFileSync(home.at(name), text, "latin1");
      await run(home, { yes: true, shell: ["bash", "zsh", "fish", "sh"] });
      for (const name of [...names, ".zshrc", ".profile"])
        assert.match(read(home.at(name)), /shellenv/u);
      await take(home, { yes: true });
      for (const name of names) assert.equal(read(home.at(name)), text);
      assert.deepEqual(
        [existsSync(home.at(".zshrc")), existsSync(home.at(".profile"))],
        [false, false],
      );
      assert.match(await take(home, {}), /^no startup file has a block of pale\n$/u);
    });
  }

  test("removes the shims only when asked, and only those", async () => {
    using home = new Folder();
    const shims = home.at(".local/share/pale/shims");
    await writeShims(invoke(home, { print: () => {} }));
    await take(home, { yes: true });
    assert.ok(existsSync(shims));
    home.write(".local/share/pale/shims/mine");
    await take(home, { yes: true, shims: true });
    assert.deepEqual(readdirSync(shims), ["mine"]);
  });

  test("keeps the shims where the startup files stay as they are", async () => {
    using home = new Folder();
    await writeShims(invoke(home, { print: () => {} }));
    await run(home, YES);
    assert.match(await take(home, { shims: true }, { answer: "n" }), /the shims stay\n$/u);
    await take(home, { shims: true, yes: true });
    assert.equal(existsSync(home.at(".local/share/pale/shims")), false, "control");
  });

  test("names what was added by hand, and leaves it to whoever did", async () => {
    using home = new Folder();
    const text = '# pale shellenv bash\na=1\neval "$(~/.local/bin/pale shellenv bash)"\n';
    const file = home.write(".bashrc", text);
    home.write(".profile", "a=1\n");
    await run(home, YES);
    const output = await take(home, { yes: true });
    assert.match(output, /^~\/\.bashrc:3: yours, take it out by hand$/mu);
    assert.equal(output.split("yours").length, 2);
    assert.equal(read(file), text);
  });

  test("says of a read-only file what to take out", async () => {
    using home = new Folder();
    const file = home.write(".bashrc", "a=1\n");
    await run(home, YES);
    chmodSync(file, 0o444);
    assert.match(await take(home, { yes: true }), /take out what is between the marks/u);
    assert.match(read(file), /shellenv/u);
  });
});

type Surroundings = { executable?: string; shell?: string; answer?: string; change?: () => void };

async function run(
  home: Folder,
  options: SetupOptions,
  around: Surroundings = {},
): Promise<string> {
  let output = "";
  const print = (text: string) => void (output += text);
  await setUp(invoke(home, { ...around, print }), options);
  return output;
}

async function take(
  home: Folder,
  options: TeardownOptions,
  around: Surroundings = {},
): Promise<string> {
  let output = "";
  const print = (text: string) => void (output += text);
  await tearDown(invoke(home, { ...around, print }), options);
  return output;
}

function invoke(
  home: Folder,
  { print, ...around }: Surroundings & { print: (text: string) => void },
) {
  return {
    environment: { HOME: home.path, PATH: "/usr/bin:/bin", SHELL: around.shell ?? "/bin/bash" },
    workingDirectory: "/",
    architecture: "x64",
    ids: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    executable: around.executable ?? "/opt/pale",
    print,
    ask: async () => {
      around.change?.();
      return around.answer;
    },
  };
}

function read(file: string): string {
  return readFileSync(file, "latin1");
}
