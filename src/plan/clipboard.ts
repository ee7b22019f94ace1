import { UserError } from "../errors.ts";
import { isGated } from "../policy.ts";
import type { Policy } from "../policy.ts";
import type { HostFacts } from "./facts.ts";
import type { ClipboardReader, MountOperation } from "./plan.ts";
import { listFound } from "./sockets.ts";
import { PALE_INSIDE } from "./system-mounts.ts";

/**
 * The clipboard without the display: a display's socket would give the keyboard and the screen
 * with it. Programs inside find an `xclip` and a `wl-paste` that ask the supervisor, which runs
 * the real one outside.
 */

/** Where these are, in front of PATH. */
export const CLIPBOARD_BIN = "/run/pale/bin";

const COMMANDS = ["xclip", "wl-paste"] as const;

/** @throws UserError when there is no supervisor that could read it */
export function planClipboard(
  { clipboard, network }: Pick<Policy, "clipboard" | "network">,
  facts: Pick<HostFacts, "clipboard" | "sockets">,
): ClipboardReader | undefined {
  const { value, origin } = clipboard;
  if (value === "none" || showsDisplay(facts)) return undefined;
  if (!isGated(network) || !facts.clipboard) {
    throw new UserError(`\`clipboard\` cannot work with \`network = "${network}"\``, {
      origin,
      hint: 'use `filtered`, leave it out, or show the whole display: `uses = ["wayland"]` or `x11`',
    });
  }
  return { content: value, display: facts.clipboard };
}

/** Whether programs inside ask the supervisor. */
export function hasClipboardDoor(facts: Pick<HostFacts, "clipboard" | "sockets">): boolean {
  return facts.clipboard !== undefined && !showsDisplay(facts);
}

/** Then programs reach the clipboard by themselves, and may write to it as well. */
function showsDisplay({ sockets }: Pick<HostFacts, "sockets">): boolean {
  return listFound(sockets).some(({ name }) => name === "$DISPLAY" || name === "$WAYLAND_DISPLAY");
}

export function planClipboardCommands(
  facts: Pick<HostFacts, "clipboard" | "sockets">,
): MountOperation[] {
  if (!hasClipboardDoor(facts)) return [];
  return COMMANDS.map((name) => ({
    kind: "text",
    name,
    text: `#!/bin/sh\nexec ${PALE_INSIDE} clipboard ${name} "$@"\n`,
    executable: true,
    destination: `${CLIPBOARD_BIN}/${name}`,
    why: "reads the clipboard, by the supervisor",
  }));
}

/** pi asks the display itself unless it is told that this is a Wayland session. */
export const CLIPBOARD_VARIABLES = { XDG_SESSION_TYPE: "wayland" } as const;
