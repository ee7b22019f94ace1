import aider from "../profiles/aider.toml" with { type: "text" };
import claude from "../profiles/claude.toml" with { type: "text" };
import codex from "../profiles/codex.toml" with { type: "text" };
import crush from "../profiles/crush.toml" with { type: "text" };
import desktop from "../profiles/desktop.toml" with { type: "text" };
import gemini from "../profiles/gemini.toml" with { type: "text" };
import git from "../profiles/git.toml" with { type: "text" };
import goose from "../profiles/goose.toml" with { type: "text" };
import opencode from "../profiles/opencode.toml" with { type: "text" };
import pi from "../profiles/pi.toml" with { type: "text" };
import providers from "../profiles/providers.toml" with { type: "text" };
import registries from "../profiles/registries.toml" with { type: "text" };
import services from "../profiles/services.toml" with { type: "text" };
import toolchains from "../profiles/toolchains.toml" with { type: "text" };
import type { SourceText } from "./validate.ts";

const AGENT_TEXTS = { claude, codex, pi, opencode, aider, gemini, crush, goose };

const FACET_TEXTS = { registries, toolchains, git, services, desktop, providers };

/** The profiles that pale is shipped with, weakest of all. */
export const BUILTIN_PROFILES: readonly SourceText[] = Object.entries({
  ...AGENT_TEXTS,
  ...FACET_TEXTS,
}).map(([name, text]) => ({ name: `pale:profiles/${name}.toml`, text }));

/** The agents with a profile of their name. */
export const AGENTS: readonly string[] = Object.keys(AGENT_TEXTS);

/** Those that get a shim wherever pale is installed. */
export const SHIMMED: readonly string[] = ["claude", "codex", "pi"];

/** The names of other programs as well, which a shim would put into a sandbox. */
export const AMBIGUOUS: readonly string[] = ["goose"];
