import type { Login } from "../policy.ts";

/** Where an agent keeps its log-in on the host, as it is after `login`. */
export type LoginPlace = {
  /** Below the home directory. */
  directory: string;
  /** Variable that moves the directory. */
  variable: string;
  /** In the directory. */
  file: string;
  /** Variables that hold a token, which count before the file. */
  tokens: readonly string[];
  /** How to log in outside. */
  remedy: string;
};

export const LOGIN_PLACES: Readonly<Record<Login, LoginPlace>> = {
  claude: {
    directory: ".claude",
    variable: "CLAUDE_CONFIG_DIR",
    file: ".credentials.json",
    tokens: ["CLAUDE_CODE_OAUTH_TOKEN"],
    remedy: "log in outside: `claude-raw`, then `/login`",
  },
  codex: {
    directory: ".codex",
    variable: "CODEX_HOME",
    file: "auth.json",
    tokens: ["CODEX_ACCESS_TOKEN"],
    remedy: "log in outside: `codex-raw login`",
  },
};
