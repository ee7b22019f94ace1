import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { SshAgent } from "../helpers/ssh-agent.ts";
import { PALE, World } from "../helpers/world.ts";
import type { LogEntry } from "../../src/log/entry.ts";

const TOOLS = ["ssh-agent", "ssh-add", "ssh-keygen", "python3"];

/** Has the key of `$1` sign a log-in, or what else `$2` says, without asking for the list first. */
const REQUEST = `
import base64, os, socket, struct, sys
def s(b): return struct.pack('>I', len(b)) + b
blob = base64.b64decode(sys.argv[1].split()[1])
login = s(b'x' * 32) + b'\\x32' + s(b'git') + s(b'ssh-connection') + s(b'publickey') + b'\\x01' + s(b'ssh-ed25519') + s(blob)
data = login if sys.argv[2] == 'login' else sys.argv[2].encode()
c = socket.socket(socket.AF_UNIX)
c.connect(os.environ['SSH_AUTH_SOCK'])
c.sendall(s(b'\\x0d' + s(blob) + s(data) + struct.pack('>I', 0)))
print(c.recv(65536)[4])
`;

const SIGNED = "14\n";
const FAILED = "5\n";

class AgentWorld extends World {
  readonly agent = new SshAgent();
  readonly one = this.agent.make("one");
  readonly two = this.agent.make("two");

  constructor() {
    super();
    this.write("work/project/request.py", REQUEST);
    this.write("work/project/text", "to be signed\n");
  }

  /** As `inside`, with one of the two keys. */
  withKey(script: string, flags: readonly string[] = ["--ssh-key", "one"], env = {}) {
    return this.inside(script, { flags, env: { ...this.agent.environment, ...env } });
  }

  request(key: string, what: string): string {
    return `python3 request.py '${key}' '${what}'`;
  }

  log(): LogEntry[] {
    const text = readFileSync(join(this.home, ".local/state/pale/log"), "utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line): LogEntry => JSON.parse(line));
  }

  /** `EVENT PURPOSE REASON` of every signature. */
  signatures(): string[] {
    return this.log().flatMap((entry) => {
      if (!("event" in entry)) return [];
      if (entry.event === "signature") return [`${entry.comment}: ${entry.purpose}`];
      return entry.event === "signature-refused" ? [`refused: ${entry.reason}`] : [];
    });
  }

  override [Symbol.dispose](): void {
    this.agent[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

function makeWorld(t: TestContext): AgentWorld | undefined {
  return requireSandbox(t) && requireTools(t, TOOLS) ? new AgentWorld() : undefined;
}

describe("the broker of ssh keys", () => {
  test("lists the chosen key alone, and has it sign", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const script = `ssh-add -L && ssh-add -L >key.pub && ssh-keygen -q -Y sign -n git -f key.pub text &&
      ${world.request(world.one, "login")}`;
    const { status, stdout, stderr } = world.withKey(script);
    assert.deepEqual({ status, stdout }, { status: 0, stdout: `${world.one}\n${SIGNED}` }, stderr);
    world.write("work/project/signers", `ada ${world.one}\n`);
    const check = "ssh-keygen -Y verify -f signers -I ada -n git -s text.sig <text";
    assert.match(world.outside(check).stdout, /^Good "git" signature for ada/u);
    assert.deepEqual(world.signatures(), [
      "one: sign a commit or tag of git's (git)",
      "one: log in as git at an unnamed server",
    ]);
    assert.match(world.pale(["log"]).stdout, / signature .* one, log in as git /u);
  });

  test("has no other key sign, and nothing that cannot be read", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const attempts = [world.request(world.two, "login"), world.request(world.one, "anything")].join(
      ";",
    );
    const { stdout, stderr } = world.withKey(attempts);
    assert.equal(stdout, `${FAILED}${FAILED}`, stderr);
    const control = world.outside(attempts, { env: world.agent.environment });
    assert.equal(control.stdout, `${SIGNED}${SIGNED}`, "control: the agent itself signs both");
    assert.deepEqual(world.signatures(), [
      "refused: this key is not among `ssh_keys`",
      "refused: what is to be signed is neither a log-in nor a file's signature",
    ]);
  });

  test("neither adds, removes nor locks keys", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const script = `ssh-keygen -q -t ed25519 -N '' -f new; ssh-add new; ssh-add -D; ssh-add -L`;
    assert.equal(world.withKey(script).stdout, `${world.one}\n`);
    const control = world.outside("ssh-add -L", { env: world.agent.environment });
    assert.equal(control.stdout, `${world.one}\n${world.two}\n`);
    const removed = world.outside("ssh-add -D; ssh-add -L", { env: world.agent.environment });
    assert.equal(removed.stdout, "The agent has no identities.\n", "control");
  });

  test("shows the agent's own socket to nobody, and its own only where keys are chosen", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const script = `echo "$SSH_AUTH_SOCK"; ls /run/pale; ls ${world.agent.directory}`;
    const chosen = world.withKey(script);
    assert.match(chosen.stdout, /^\/run\/pale\/ssh-agent\n/u);
    assert.match(chosen.stderr, /No such file/u);
    const none = world.withKey(script, []);
    assert.match(none.stdout, /^\n(?!.*ssh-agent)/su);
    for (const flags of [
      ["--socket", "$SSH_AUTH_SOCK"],
      ["--ro", world.agent.directory],
    ]) {
      const both = world.withKey("true", ["--ssh-key", "one", ...flags]);
      assert.equal(both.status, 125);
      assert.match(both.stderr, /all keys of your ssh agent, not those of `ssh_keys` alone/u);
      const alone = world.withKey("ssh-add -L", [
        ...flags,
        "-e",
        `SSH_AUTH_SOCK=${world.agent.socket}`,
      ]);
      assert.equal(alone.stdout, `${world.one}\n${world.two}\n`, `control: ${alone.stderr}`);
    }
  });

  test("works in blacklist mode, where the agent's own socket is hidden", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const script = `ssh-add -L; SSH_AUTH_SOCK=${world.agent.socket} ssh-add -L`;
    const { stdout, stderr } = world.withKey(script, ["--ssh-key", "one", "--mode", "blacklist"]);
    assert.equal(stdout, `${world.one}\n`);
    assert.match(stderr, /Error connecting to agent/u);
  });

  test("needs no short path", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const cache = { XDG_CACHE_HOME: join(world.home, "cache".repeat(30)) };
    const { stdout, stderr } = world.withKey("ssh-add -L", ["--ssh-key", "one"], cache);
    assert.equal(stdout, `${world.one}\n`, stderr);
  });

  const unusable: [string, string[], Record<string, string>, RegExp][] = [
    ["key", ["--ssh-key", "three"], {}, /no key `three`\n {2}at --ssh-key\n {2}add it: ssh-add /u],
    ["agent", ["--ssh-key", "one"], { SSH_AUTH_SOCK: "" }, /SSH_AUTH_SOCK is not set.*ssh-add/su],
    ["socket", ["--ssh-key", "one"], { SSH_AUTH_SOCK: "/etc/passwd" }, /which is no socket/u],
    [
      "display",
      ["--ssh-key", "one", "--ssh-confirm", "ask"],
      { DISPLAY: "" },
      /there is no display.*--ssh-confirm log/su,
    ],
    [
      "network",
      ["--ssh-key", "one", "--network", "none"],
      {},
      /`ssh_keys` cannot work with `network = "none"`/u,
    ],
  ];
  for (const [what, flags, env, expected] of unusable) {
    test(`starts nothing without the ${what}, and says what to do`, (t) => {
      using world = makeWorld(t);
      if (!world) return;
      const { status, stdout, stderr } = world.withKey("echo started", flags, env);
      assert.deepEqual({ status, stdout }, { status: 125, stdout: "" });
      assert.match(stderr, expected);
    });
  }

  test("leaves nothing behind, and removes what a killed launch has left", async (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const sockets = join(world.home, ".cache/pale/sockets");
    const args = ["run", "--ssh-key", "one", "--", "sleep", "600"];
    const options = { cwd: world.project, env: world.environment(world.agent.environment) };
    const child = spawn(PALE, args, { ...options, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    while (!existsSync(sockets) || readdirSync(sockets).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGKILL");
    await ended;
    assert.deepEqual(readdirSync(sockets), [`ssh-agent-${child.pid}`], "control");
    assert.equal(world.withKey("ssh-add -L").stdout, `${world.one}\n`);
    assert.deepEqual(readdirSync(sockets), []);
  });
});

describe("the broker that asks first", () => {
  test("signs after a yes on the user's screen, and after nothing else", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const askpass = `#!/bin/sh\nprintf '%s\\n%s\\n' "$SSH_ASKPASS_PROMPT" "$1" >>"$HOME/asked"
      read answer <"$HOME/answer"; test "$answer" = yes\n`;
    world.write("bin/askpass", askpass, 0o755);
    const env = { DISPLAY: ":99", SSH_ASKPASS: join(world.home, "bin/askpass") };
    const flags = ["--ssh-key", "one", "--ssh-confirm", "ask"];
    const script = world.request(world.one, "login");
    world.write("answer", "no\n");
    assert.equal(world.withKey(script, flags, env).stdout, FAILED);
    world.write("answer", "yes\n");
    const { stdout, stderr } = world.withKey(script, flags, env);
    assert.equal(stdout, SIGNED, stderr);
    const asked = readFileSync(join(world.home, "asked"), "utf8");
    assert.match(
      asked,
      /^confirm\nMay default in \S+ use your ssh key "one"\nto log in as git at /u,
    );
    assert.deepEqual(world.signatures(), [
      "refused: you said no",
      "one: log in as git at an unnamed server",
    ]);
  });

  test("stops asking who is told no again and again", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    world.write("bin/askpass", `#!/bin/sh\necho >>"$HOME/asked"; exit 1\n`, 0o755);
    const env = { DISPLAY: ":99", SSH_ASKPASS: join(world.home, "bin/askpass") };
    const request = world.request(world.one, "login");
    const script = `for i in 1 2 3 4 5; do ${request}; done`;
    const { stdout } = world.withKey(script, ["--ssh-key", "one", "--ssh-confirm", "ask"], env);
    assert.equal(stdout, FAILED.repeat(5));
    assert.equal(readFileSync(join(world.home, "asked"), "utf8"), "\n\n\n");
    assert.equal(world.signatures().at(-1), "refused: you said no three times within a minute");
  });

  test("is not started with a program that an agent could have written", (t) => {
    using world = makeWorld(t);
    if (!world) return;
    const program = world.write("work/project/askpass", "#!/bin/sh\n", 0o755);
    const flags = ["--ssh-key", "one", "--ssh-confirm", "ask"];
    const env = { DISPLAY: ":99", SSH_ASKPASS: program };
    const { status, stderr } = world.withKey("true", flags, env);
    assert.equal(status, 125);
    assert.match(stderr, /an agent could write `\S+askpass`, where `SSH_ASKPASS` comes from/u);
    const moved = { ...env, SSH_ASKPASS: world.write("bin/askpass", "#!/bin/sh\n", 0o755) };
    assert.equal(world.withKey("true", flags, moved).status, 0, "control");
  });
});
