/**
 * The shortest real run of each agent against the scripted model: one prompt, no
 * terminal, no questions asked, and no word to any host but the model's. A model that
 * cannot be reached is a quick failure: left alone, pi tries for 20 seconds, claude
 * for three minutes and codex for ever.
 */

export const AGENTS = ["claude", "codex", "pi"] as const;

export type Agent = (typeof AGENTS)[number];

export type AgentRun = {
  /** Give it an empty standard input: codex reads that to its end, and waits for it. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Files to write first, by path under the home directory. */
  readonly files: Readonly<Record<string, string>>;
};

/** `url` is the model API's, as `startModelApi` gives it. */
export function planAgentRun(agent: Agent, url: string): AgentRun {
  return RUNS[agent](url);
}

export const PROMPT = "do what the script says";

/** Telemetry, updater, feature flags and release notes are off, and nothing is tried again. */
export const QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_MAX_RETRIES: "0",
  PI_OFFLINE: "1",
};

const RUNS: Record<Agent, (url: string) => AgentRun> = {
  claude: (url) => ({
    command: ["claude", "-p", PROMPT, "--dangerously-skip-permissions"],
    environment: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: "sk-scripted",
      // Telemetry, updater, feature flags and release notes, all in one.
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "0",
    },
    files: {},
  }),
  codex: (url) => ({
    command: [
      "codex",
      "exec",
      "--skip-git-repo-check",
      "--dangerously-bypass-approvals-and-sandbox",
      PROMPT,
    ],
    environment: { OPENAI_API_KEY: "sk-scripted" },
    files: { ".codex/config.toml": codexConfiguration(url) },
  }),
  pi: (url) => ({
    command: ["pi", "-p", "--provider", "anthropic", PROMPT],
    environment: { ANTHROPIC_API_KEY: "sk-scripted", PI_OFFLINE: "1" },
    files: {
      ".pi/agent/models.json": JSON.stringify({ providers: { anthropic: { baseUrl: url } } }),
      ".pi/agent/settings.json": JSON.stringify({ retry: { enabled: false } }),
    },
  }),
};

/** Of codex, for a model API at `url`, without anything on the side. */
export function codexConfiguration(url: string): string {
  return `model_provider = "scripted"
check_for_update_on_startup = false

[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
request_max_retries = 0
stream_max_retries = 0

[analytics]
enabled = false

[features]
plugins = false
daemon_auto_start = false
unbounded_connection_retries = false
`;
}
