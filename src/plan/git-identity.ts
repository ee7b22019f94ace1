import { join } from "node:path";
import type { GitSetting, HostFacts } from "./facts.ts";
import { contains } from "./paths.ts";
import type { MountOperation } from "./plan.ts";
import { isLeftOut } from "./rule-mounts.ts";

/** Where git inside finds who commits. */
const GIT_CONFIGURATION = "/run/pale/gitconfig";

/**
 * A git configuration with nothing in it but who commits. The user's own one may hold tokens
 * (`url.*.insteadOf`, `http.extraHeader`) and programs to be run (`core.hooksPath`, `alias`).
 * Nothing inside has the key to sign with, nor the helper that knows passwords.
 */
export function planGitIdentity(facts: HostFacts): MountOperation[] {
  if (!isWanted(facts)) return [];
  return [
    {
      kind: "text",
      name: "gitconfig",
      text: renderSettings([...facts.gitIdentity, ...OFF]),
      destination: GIT_CONFIGURATION,
      why: "who commits, and nothing else of git's configuration",
    },
  ];
}

/** The variable that leads git there. */
export function planGitVariable(facts: HostFacts): Record<string, string> {
  return isWanted(facts) ? { GIT_CONFIG_GLOBAL: GIT_CONFIGURATION } : {};
}

/** An empty helper takes back those that the system's configuration names. */
const OFF: readonly GitSetting[] = [
  { name: "commit.gpgSign", value: "false" },
  { name: "tag.gpgSign", value: "false" },
  { name: "credential.helper", value: "" },
];

/** Who mounts a configuration of their own has chosen that one. */
function isWanted({ gitIdentity, mounts, home }: HostFacts): boolean {
  const usual = [".gitconfig", ".config/git/config"].map((name) => join(home.path, name));
  const isMounted = mounts.some((fact) => {
    return !isLeftOut(fact) && usual.some((path) => contains(fact.mount.host, path));
  });
  return gitIdentity.length > 0 && !isMounted;
}

function renderSettings(settings: readonly GitSetting[]): string {
  const lines = settings.flatMap(({ name, value }) => {
    const [section, key] = name.split(".");
    return [`[${section}]`, `\t${key} = ${quote(value)}`];
  });
  return `${lines.join("\n")}\n`;
}

/** As git reads it back; it has no way to write other control characters. */
function quote(value: string): string {
  const escaped = value.replaceAll(/["\\]/gu, String.raw`\$&`).replaceAll("\n", String.raw`\n`);
  return `"${escaped.replaceAll("\t", String.raw`\t`).replaceAll(/[\u0000-\u001F\u007F]/gu, "")}"`;
}
