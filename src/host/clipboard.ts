import type { ClipboardFact } from "../plan/facts.ts";
import { isGated } from "../policy.ts";
import type { Policy } from "../policy.ts";
import type { Environment } from "./directories.ts";
import { findProgram } from "./tools.ts";

/**
 * What reads the clipboard of the display that the caller is at; of two, Wayland's, which X11's
 * follows there.
 *
 * @throws UserError when the program for it is missing
 */
export function readClipboard(
  { clipboard, network }: Pick<Policy, "clipboard" | "network">,
  environment: Environment,
): ClipboardFact | undefined {
  if (clipboard.value === "none" || !isGated(network)) return undefined;
  if (environment["WAYLAND_DISPLAY"]) {
    return { kind: "wayland", program: findProgram("wl-paste").path };
  }
  if (environment["DISPLAY"]) return { kind: "x11", program: findProgram("xclip").path };
  return { kind: "none" };
}
