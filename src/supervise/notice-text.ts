import { adviseOnDenial } from "../log/denied.ts";
import { nameTarget } from "../log/describe.ts";
import { NO_PROFILE, type Sandbox } from "../log/entry.ts";
import { escapeUntrusted } from "../terminal.ts";
import type { Told } from "./notices.ts";

/** Whose sandbox it is. */
export type Whose = Pick<Sandbox, "profile" | "project">;

/**
 * The words of a desktop notice. The summary is always pale's own; in the body, which many
 * desktops read as markup, what came from the sandbox is escaped and cut.
 */
export function describeNotice(told: Told, whose: Whose): { summary: string; body: string } {
  if (told.kind === "more") {
    const hosts = told.count === 1 ? "host" : "hosts";
    const body = `and ${told.count} more ${hosts}: pale log --denied`;
    return { summary: "pale refused more", body };
  }
  const { decision } = told;
  const lines = [
    `${whose.profile === NO_PROFILE ? "a program" : whose.profile} wanted ${cut(nameTarget(decision))}`,
  ];
  const [advice] = adviseOnDenial(decision, whose);
  if (advice !== undefined && advice.length <= MOST_ADVICE) lines.push(advice);
  return { summary: "pale refused a host", body: lines.map(escapeMarkup).join("\n") };
}

const MOST_NAME = 80;

/** Longer than that, half of a command would be read as the whole of it. */
const MOST_ADVICE = 200;

function cut(text: string): string {
  return text.length > MOST_NAME ? `${text.slice(0, MOST_NAME)}...` : text;
}

function escapeMarkup(text: string): string {
  return escapeUntrusted(text).replaceAll(/[&<>]/gu, (character) => ENTITIES[character] ?? "");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
