import { translateAgentSandbox } from "./agent-sandbox.ts";
import type { Place } from "./document.ts";
import { note } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { translateFence } from "./fence.ts";
import { readDocument } from "./format.ts";
import type { Format } from "./formats.ts";
import { translateRedoubtful } from "./redoubtful.ts";
import { translateSrt } from "./srt.ts";

const TRANSLATORS = {
  "agent-sandbox": translateAgentSandbox,
  redoubtful: translateRedoubtful,
  fence: translateFence,
  srt: translateSrt,
} as const;

/** Tables of one name are merged, so what pale ships under it would be there, too. */
export function noteShipped(draft: Draft, shipped: readonly string[]): void {
  for (const section of draft) {
    const [kind, name = ""] = section.path;
    if (kind !== "profile" || !shipped.includes(name)) continue;
    const reason =
      "pale ships a profile of this name, and this adds to it; rename it to have it alone";
    note(section, "looser", [`profile.${name}`, reason]);
  }
}

/** @throws UserError for a file that is not what the format wants */
export function translate(
  source: { name: string; text: string },
  format: Format,
  place: Place,
): Draft {
  return TRANSLATORS[format](readDocument(source, format), place);
}
