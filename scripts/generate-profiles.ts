import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MARK, renderProfiles } from "./profiles-page.ts";

/** `bun scripts/generate-profiles.ts`: brings the tables of docs/profiles.md up to date. */
const file = join(import.meta.dirname, "../docs/profiles.md");
const [before = ""] = readFileSync(file, "utf8").split(MARK);
writeFileSync(file, `${before}${MARK}\n\n${renderProfiles()}\n`);
