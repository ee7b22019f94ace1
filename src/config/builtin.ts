import claude from "../profiles/claude.toml" with { type: "text" };
import codex from "../profiles/codex.toml" with { type: "text" };
import registries from "../profiles/registries.toml" with { type: "text" };
import pi from "../profiles/pi.toml" with { type: "text" };
import type { SourceText } from "./validate.ts";

/** The profiles that pale is shipped with, weakest of all. */
export const BUILTIN_PROFILES: readonly SourceText[] = [
  { name: "pale:profiles/claude.toml", text: claude },
  { name: "pale:profiles/codex.toml", text: codex },
  { name: "pale:profiles/pi.toml", text: pi },
  { name: "pale:profiles/registries.toml", text: registries },
];

/** The agents that get a shim, each with the profile of its name. */
export const AGENTS: readonly string[] = ["claude", "codex", "pi"];
