import { isObject } from "../object.ts";
import { isProfileName } from "./document.ts";
import type { Document } from "./document.ts";
import { makeSection, note } from "./draft.ts";
import type { Section } from "./draft.ts";

/** Each `[profile.NAME]` by itself; one whose name pale does not take is left out, with a note at the top. */
export function translateProfiles(
  profiles: unknown,
  top: Section,
  translate: (section: Section, settings: Document) => Section,
): Section[] {
  const tables = isObject(profiles) ? Object.entries(profiles) : [];
  if (!isObject(profiles)) note(top, "looser", ["profile", "it is no table"]);
  return tables.flatMap(([name, settings]) => {
    const section = makeSection("profile", name);
    if (isProfileName(name) && isObject(settings)) return [translate(section, settings)];
    note(top, "looser", [
      `profile.${name}`,
      "pale takes tables named by letters, digits, `.`, `_`, `-`",
    ]);
    return [];
  });
}
