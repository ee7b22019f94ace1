import { isObject } from "../object.ts";
import { addDomains } from "./domains.ts";
import { noteRest, readStrings, readSwitch, valueAt } from "./document.ts";
import type { Document, Place, Reason } from "./document.ts";
import { makeSection, note } from "./draft.ts";
import type { Draft, Section } from "./draft.ts";
import { addFileRules } from "./filesystem.ts";

const OWN: Reason = ["same", "pale has its own way"];
const MACOS: Reason = ["same", "macOS or Windows only"];
const SOCKETS: Reason = ["stricter", "pale takes single ones: sockets = [PATH]"];

const REASONS: Record<string, Reason> = {
  "network.allowUnixSockets": SOCKETS,
  "network.allowAllUnixSockets": SOCKETS,
  "network.allowLocalBinding": [
    "same",
    "programs may listen inside; `publish` shows a server outside",
  ],
  "network.strictAllowlist": ["same", "pale never asks"],
  "network.deniedDomainReasons": ["same", "pale says which rule it was"],
  "network.httpProxyPort": OWN,
  "network.socksProxyPort": OWN,
  "network.mitmProxy": ["stricter", "pale does not look inside TLS"],
  "network.tlsTerminate": ["stricter", "pale does not look inside TLS"],
  "network.parentProxy": ["same", "pale goes through the proxy that your variables name"],
  "filesystem.disabled": ["stricter", "pale always confines files"],
  "filesystem.allowGitConfig": ["stricter", 'to let it be written: unprotect = [".git/config"]'],
  "credentials.envVars": ["same", "pale passes no variable that nobody named"],
  ignoreViolations: ["same", "it is about messages only"],
  enableWeakerNestedSandbox: ["stricter", "pale has no weaker mode"],
  enableWeakerNetworkIsolation: MACOS,
  allowAppleEvents: MACOS,
  allowPty: MACOS,
  windows: MACOS,
  ripgrep: OWN,
  seccomp: OWN,
  bwrapPath: OWN,
  socatPath: OWN,
  mandatoryDenySearchDepth: OWN,
  $schema: ["same", "it is for editors"],
};

const TRANSLATED = [
  ...["network.allowedDomains", "network.deniedDomains", "credentials.files"],
  ...["filesystem.allowRead", "filesystem.denyRead"],
  ...["filesystem.allowWrite", "filesystem.denyWrite"],
];

/** The settings of Anthropic's sandbox-runtime, as a profile `srt`. */
export function translateSrt(document: Document, place: Place): Draft {
  const profile = makeSection("profile", "srt");
  const project = makeSection("project", place.project);
  addDomains(
    profile,
    ...((["allowed", "denied"] as const).map((kind) => ({
      subject: `network.${kind}Domains`,
      domains: readStrings(document, `network.${kind}Domains`),
    })) as [Domains, Domains]),
  );
  const credentials = readCredentials(document, profile);
  readSwitch(document, "filesystem.disabled");
  addFileRules(
    { profile, project, place },
    {
      allowRead: readPaths(document, "filesystem.allowRead"),
      denyRead: [...readPaths(document, "filesystem.denyRead"), ...credentials],
      allowWrite: readPaths(document, "filesystem.allowWrite"),
      denyWrite: readPaths(document, "filesystem.denyWrite"),
      isClosed: false,
    },
  );
  noteRest(profile, document, { translated: TRANSLATED, reasons: REASONS });
  return [profile, project];
}

type Domains = { subject: string; domains: string[] };

/** A path may be a table, too, which says that it is no pattern. */
function readPaths(document: Document, key: string): string[] {
  const value = valueAt(document, key);
  if (!Array.isArray(value)) return readStrings(document, key);
  const plain = value.map((each: unknown) => (isObject(each) ? each["path"] : each));
  return readStrings({ [key.replaceAll(".", "_")]: plain }, key.replaceAll(".", "_"));
}

/** Files with credentials are masked whole, whatever the other sandbox would put in their place. */
function readCredentials(document: Document, profile: Section): string[] {
  const files = valueAt(document, "credentials.files") ?? [];
  if (!Array.isArray(files)) return readStrings(document, "credentials.files");
  return files.filter(isObject).map((file) => {
    const path = String(file["path"]);
    const isMasked = file["mode"] === "mask";
    const subject = `credentials.files ${path}`;
    if (isMasked) note(profile, "stricter", [subject, "pale shows an empty one, no placeholder"]);
    return path;
  });
}
