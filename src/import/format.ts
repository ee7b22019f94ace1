import { parse } from "smol-toml";
import { UserError } from "../errors.ts";
import { isObject } from "../object.ts";
import type { Document } from "./document.ts";
import { FORMATS } from "./formats.ts";
import type { Format } from "./formats.ts";
import { plainJson } from "./jsonc.ts";

type Source = { name: string; text: string };

/** @throws UserError when it is none of them, or might be more than one */
export function detectFormat(source: Source): Format {
  const isJson = /^\s*(?:\/[/*]|\{)/u.test(source.text);
  const document = readDocument(source, isJson ? "srt" : "redoubtful");
  const [format, ...others] = isJson ? detectJson(document) : detectToml(document);
  if (format !== undefined && others.length === 0) return format;
  throw new UserError(`cannot tell which format \`${source.name}\` has`, {
    hint: `say so: --format NAME, one of ${FORMATS.join(", ")}`,
  });
}

const FENCE_KEYS = ["extends", "command", "ssh", "devices", "macos", "allowPty", "forceNewSession"];

function detectJson(document: Document): Format[] {
  const keys = Object.keys(document);
  if (keys.some((key) => FENCE_KEYS.includes(key))) return ["fence"];
  if (String(document["$schema"]).includes("fence")) return ["fence"];
  return keys.includes("network") || keys.includes("filesystem") ? ["srt"] : [];
}

const KEYS = {
  redoubtful: ["uses", "mounts", "readonly", "forwards", "env", "path", "path_add", "public_web"],
  "agent-sandbox": [
    ...["whitelist", "blacklist", "hardened", "unshare-net", "no-net", "env-filter", "ro", "rw"],
    ...["mask", "setenv", "unsetenv", "bwrap-arg", "extra-config", "persistent-tmp", "seccomp"],
  ],
} as const;

function detectToml(document: Document): Format[] {
  const { profile, ...top } = document;
  const profiles = isObject(profile) ? Object.values(profile).filter(isObject) : [];
  const found = [top, ...profiles].flatMap((table) => Object.keys(table));
  const formats = ["redoubtful", "agent-sandbox"] as const;
  return formats.filter((format) => {
    const keys: readonly string[] = KEYS[format];
    return found.some(
      (key) => keys.includes(key) || (key === "proxies" && format === "redoubtful"),
    );
  });
}

/** @throws UserError when the text is not JSON or TOML, whichever the format wants */
export function readDocument({ name, text }: Source, format: Format): Document {
  const isJson = format === "srt" || format === "fence";
  try {
    const document: unknown = isJson ? JSON.parse(plainJson(text)) : parse(text);
    if (isObject(document)) return document;
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    const hint = "check the file, or name its format: --format NAME";
    throw new UserError(`not valid ${isJson ? "JSON" : "TOML"}: ${reason}`, { origin: name, hint });
  }
  throw new UserError("not a table of settings", {
    origin: name,
    hint: "name a file of settings, whole",
  });
}
