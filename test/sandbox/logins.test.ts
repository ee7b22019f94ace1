import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { installAgents } from "../helpers/agents.ts";
import { ACCOUNT, type LoginScript } from "../helpers/login-server.ts";
import { ModelProcess } from "../helpers/model-process.ts";
import type { Turn } from "../helpers/model-script.ts";
import { requireTool } from "../helpers/requires.ts";
import { PALE } from "../helpers/world.ts";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";
import type { Internet } from "../internet/internet.ts";
import { makeBridge } from "../internet/model-bridge.ts";

const QUIET = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", CLAUDE_CODE_MAX_RETRIES: "0" };

const HOUR = 3_600_000;
const AUTH = "https://api.openai.com/auth";

/** In every opaque token; so long that no placeholder has it by chance. */
const REAL = "realAa0";

/** A token that names itself, so that a test that finds it says which one that was. */
function opaque(kind: string): string {
  return `${kind}-${REAL}${"Aa0".repeat(19)}${kind}`;
}

function jwt(kind: string, ends: number): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const account = {
    chatgpt_plan_type: "plus",
    chatgpt_account_id: ACCOUNT,
    chatgpt_user_id: "u-1",
  };
  const claims = {
    exp: Math.floor(ends / 1000),
    jti: kind,
    email: "a@example.org",
    [AUTH]: account,
  };
  const signature = Buffer.from(`signature of the real ${kind}, which is long`).toString(
    "base64url",
  );
  return `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}.${signature}`;
}

const CLAUDE: LoginScript = {
  first: { access: opaque("sk-ant-oat01-one"), refresh: opaque("sk-ant-ort01-one"), seconds: 3600 },
  renewals: [
    { access: opaque("sk-ant-oat01-two"), refresh: opaque("sk-ant-ort01-two"), seconds: 3600 },
  ],
};

const CODEX: LoginScript = {
  first: { access: jwt("access-one", Date.now() + HOUR), refresh: opaque("rt-one"), seconds: 3600 },
  renewals: [
    {
      access: jwt("access-two", Date.now() + HOUR),
      refresh: opaque("rt-two"),
      id: jwt("id-two", Date.now() + HOUR),
      seconds: 3600,
    },
  ],
};

function claudeFile({ access, refresh }: LoginScript["first"], expiresAt: number): string {
  const scopes = ["user:inference", "user:profile"];
  const claudeAiOauth = { accessToken: access, refreshToken: refresh, expiresAt, scopes };
  return JSON.stringify({
    claudeAiOauth: { ...claudeAiOauth, subscriptionType: "max", rateLimitTier: "default" },
    mcpOAuth: { server: { accessToken: opaque("mcp") } },
  });
}

function codexFile({ access, refresh }: LoginScript["first"]): string {
  const id_token = jwt("id-one", Date.now() - HOUR);
  return JSON.stringify({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: { id_token, access_token: access, refresh_token: refresh, account_id: ACCOUNT },
    last_refresh: new Date().toISOString(),
  });
}

const COMMANDS = {
  claude: "claude -p 'do what the script says' --dangerously-skip-permissions",
  codex:
    "codex exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox 'do what the script says'",
};

/** Everything that is there to be read: environments, command lines, and files of the home. */
const DUMP = `env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'
  find "$HOME" /run -type f -size -1000k -not -path "*/.npm-global/*" -not -name dump \\
    -exec cat {} + 2>/dev/null; true`;

type Agent = "claude" | "codex";

class LoginWorld extends ConnectedWorld {
  readonly #internet: Internet;

  constructor(internet: Internet, configuration = 'logins = ["claude", "codex"]\n') {
    super(internet);
    this.#internet = internet;
    installAgents(join(this.home, ".npm-global"));
    this.write(".config/pale/config.toml", configuration);
    this.write(
      ".codex/config.toml",
      "check_for_update_on_startup = false\n[analytics]\nenabled = false\n[features]\nplugins = false\n",
    );
    assert.equal(this.pale(["shims"]).status, 0);
  }

  type(line: string, more: Record<string, string> = {}) {
    const shims = join(this.home, ".local/share/pale/shims");
    const PATH = `${shims}:${this.home}/.npm-global/bin:/usr/local/bin:/usr/bin:/bin`;
    const env = { PATH, SSL_CERT_FILE: this.#internet.caFile, ...QUIET, ...more };
    return this.outside(line, { env, input: "", timeout: 110_000 });
  }

  /** Any program, where claude would run. */
  sandboxed(script: string, flags = "") {
    const quoted = script.replaceAll("'", String.raw`'\''`);
    return this.type(`${PALE} run --profile claude ${flags} -- sh -c '${quoted}'`);
  }

  writeLogin(agent: Agent, text: string): string {
    const file = agent === "claude" ? ".claude/.credentials.json" : ".codex/auth.json";
    this.write(file, text, 0o600);
    return join(this.home, file);
  }
}

type Played = { model: ModelProcess; [Symbol.dispose]: () => void };

async function play(
  world: LoginWorld,
  internet: Internet,
  { script, login }: { script: Turn[]; login: LoginScript },
): Promise<Played> {
  const model = new ModelProcess(script, mkdtempSync(join(world.root, "model-")), login);
  const bridge = await makeBridge(internet, model.url);
  const end = () => {
    bridge.kill();
    model[Symbol.dispose]();
  };
  return { model, [Symbol.dispose]: end };
}

function listTokens({ first, renewals }: LoginScript): string[] {
  return [first, ...renewals].flatMap(({ access, refresh, id }) => [access, refresh, id ?? access]);
}

describe("a log-in that stays outside", () => {
  const startInternet = useInternet();

  const start = (context: TestContext): Internet | undefined => {
    const internet = startInternet(context);
    return internet && requireTool(context, "socat") ? internet : undefined;
  };

  for (const agent of ["claude", "codex"] as const) {
    const login = agent === "claude" ? CLAUDE : CODEX;

    test(`${agent} works, and no token is anywhere inside`, async (t) => {
      const internet = start(t);
      if (!internet) return;
      using world = new LoginWorld(internet);
      const text =
        agent === "claude" ? claudeFile(login.first, Date.now() + HOUR) : codexFile(login.first);
      const file = world.writeLogin(agent, text);
      const script: Turn[] = [
        { tool: "bash", command: `(${DUMP}) >dump 2>&1` },
        { text: "finished" },
      ];
      using played = await play(world, internet, { script, login });
      const outcome = world.type(COMMANDS[agent]);
      const said = outcome.stdout + outcome.stderr;
      assert.match(said, /finished/u);
      const dump = readFileSync(join(world.project, "dump"), "utf8");
      assert.match(dump, agent === "claude" ? /"sk-ant-oat01-/u : /"access_token": ?"eyJ/u);
      for (const token of [...listTokens(login), opaque("mcp")]) {
        assert.equal(dump.includes(token), false, token);
        assert.equal(said.includes(token), false, token);
      }
      const bearers = played.model.requests().map(({ headers }) => headers["authorization"]);
      assert.ok(bearers.includes(`Bearer ${login.first.access}`));
      assert.deepEqual(new Set(bearers.filter(Boolean)), new Set([`Bearer ${login.first.access}`]));
      assert.equal(readFileSync(file, "utf8"), text);
      const log = readFileSync(join(world.home, ".local/state/pale/log"), "utf8");
      assert.equal(log.includes(login.first.access), false);
    });

    test(`${agent} goes on when its token ends: it is renewed outside, and written back`, async (t) => {
      const internet = start(t);
      if (!internet) return;
      using world = new LoginWorld(internet);
      const soon = Date.now() + 60_000;
      const first = { ...login.first, ...(agent === "codex" && { access: jwt("soon", soon) }) };
      const file = world.writeLogin(
        agent,
        agent === "claude" ? claudeFile(first, soon) : codexFile(first),
      );
      const script: Turn[] = [{ text: "finished" }];
      using played = await play(world, internet, { script, login: { ...login, first } });
      const outcome = world.type(COMMANDS[agent]);
      assert.match(outcome.stdout + outcome.stderr, /finished/u);
      const [next] = login.renewals;
      const requests = played.model.requests();
      const asked = requests.filter(({ path }) => path.endsWith("/oauth/token"));
      assert.deepEqual(
        asked.map(({ body }) => body["refresh_token"]),
        [first.refresh],
      );
      const bearers = requests.map(({ headers }) => headers["authorization"]).filter(Boolean);
      assert.deepEqual(new Set(bearers), new Set([`Bearer ${next?.access}`]));
      const written = readFileSync(file, "utf8");
      assert.ok(written.includes(next?.refresh ?? "?") && !written.includes(first.refresh));
      assert.equal(statSync(file).mode & 0o777, 0o600);
    });
  }

  const ASK = `token=$(sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/' ~/.claude/.credentials.json)
    curl -sS https://api.anthropic.com/v1/models -H "authorization: Bearer $token"`;

  test("is refused with the remedy when it cannot be renewed", async (t) => {
    const internet = start(t);
    if (!internet) return;
    using world = new LoginWorld(internet);
    world.writeLogin("claude", claudeFile(CLAUDE.first, Date.now() - HOUR));
    const login = { ...CLAUDE, renewals: [] };
    using played = await play(world, internet, { script: [], login });
    const { stdout } = world.sandboxed(ASK);
    assert.match(stdout, /its log-in has ended \(log in outside: `claude-raw`, then `\/login`\)/u);
    assert.ok(played.model.requests().every(({ path }) => path === "/v1/oauth/token"));
  });

  test("is not shown by a program outside that puts a new file in its place", async (t) => {
    const internet = start(t);
    if (!internet) return;
    using world = new LoginWorld(internet);
    const file = world.writeLogin("claude", claudeFile(CLAUDE.first, Date.now() + HOUR));
    const inside = `touch ready; until [ -e go ]; do sleep 0.1; done
      cat ~/.claude/.credentials.json; ls -la ~/.claude; cat ~/.claude/projects/*`;
    world.write(".claude/projects/shared", "a transcript");
    const replace = `(until [ -e ready ]; do sleep 0.1; done; mv "$HOME/../new" ${file}; touch go) &`;
    const before = `rm -f ready go; cp ${file} "$HOME/../new"; ${replace}`;
    const kept = world.type(`${before} ${PALE} run --profile claude -- sh -c '${inside}'; wait`);
    assert.equal(kept.status, 0, kept.stderr);
    assert.match(kept.stdout, /"accessToken":"sk-ant-oat01-/u);
    assert.match(kept.stdout, /a transcript/u);
    assert.equal(kept.stdout.includes(REAL), false);
    world.write(".config/pale/config.toml", "");
    const control = world.type(`${before} ${PALE} run --profile claude -- sh -c '${inside}'; wait`);
    assert.ok(control.stdout.includes(CLAUDE.first.access), control.stderr);
  });

  test("answers who asks for new tokens with what is there, and nobody who logs in", async (t) => {
    const internet = start(t);
    if (!internet) return;
    using world = new LoginWorld(internet);
    world.writeLogin("claude", claudeFile(CLAUDE.first, Date.now() + HOUR));
    using played = await play(world, internet, { script: [], login: CLAUDE });
    const post = (body: string) =>
      `curl -sS https://platform.claude.com/v1/oauth/token -H 'content-type: application/json' -d "${body}"; echo;`;
    const asked = world.sandboxed(`
      refresh=$(sed 's/.*"refreshToken":"\\([^"]*\\)".*/\\1/' ~/.claude/.credentials.json)
      ${post(String.raw`{\"grant_type\":\"refresh_token\",\"refresh_token\":\"$refresh\"}`)}
      ${post(String.raw`{\"grant_type\":\"authorization_code\",\"code\":\"x\"}`)}
      echo "$refresh"; ${ASK}`);
    const [renewed = "", refused = "", refresh] = asked.stdout.split("\n");
    assert.equal(JSON.parse(renewed).refresh_token, refresh, asked.stdout + asked.stderr);
    assert.match(refused, /logging in and out is done outside/u);
    const [next] = CLAUDE.renewals;
    const requests = played.model.requests();
    const grants = requests.flatMap(({ body }) => body["refresh_token"] ?? []);
    assert.deepEqual(grants, [CLAUDE.first.refresh]);
    assert.equal(requests.at(-1)?.headers["authorization"], `Bearer ${next?.access}`);
  });

  test("must be there, and in no other mount", (t) => {
    const internet = start(t);
    if (!internet) return;
    using world = new LoginWorld(internet);
    const missing = world.sandboxed("true");
    assert.match(missing.stderr, /there is no log-in of `claude` in /u);
    assert.match(missing.stderr, /log in outside: `claude-raw`, then `\/login`/u);
    world.writeLogin("claude", claudeFile(CLAUDE.first, Date.now() + HOUR));
    assert.equal(world.sandboxed("true").status, 0);
    const file = join(world.home, ".claude/.credentials.json");
    const why = world.pale(["why", file, "--profile", "claude"]).stdout;
    assert.match(why, /a log-in of placeholders/u);
    assert.doesNotMatch(why, /--ro/u);
    const dry = world.pale(["run", "--dry-run", "--profile", "claude", "--", "true"]).stdout;
    assert.match(dry, /^# claude: reads .*credentials.json, and writes a log-in of placeholders/mu);
    assert.equal(dry.includes(REAL), false);
    const single = world.sandboxed("true", `--ro ${file}`);
    assert.match(single.stderr, /an agent could read `.*credentials.json`, which holds a secret/u);
    const mount = '{ host = "~/.claude", sandbox = "/mnt/other" }';
    world.write(".config/pale/config.toml", `logins = ["claude"]\nmounts = [${mount}]\n`);
    const other = world.sandboxed("cat /mnt/other/.credentials.json; ls /mnt/other");
    assert.match(other.stdout, /"accessToken":"sk-ant-oat01-/u, other.stderr);
    assert.equal(other.stdout.includes(REAL), false);
  });
});
