import { addDomains } from "./domains.ts";
import { isPort, noteRest, readStrings, readSwitch, valueAt } from "./document.ts";
import type { Document, Place, Reason } from "./document.ts";
import { add, makeSection, note } from "./draft.ts";
import type { Draft, Section } from "./draft.ts";
import { addFileRules } from "./filesystem.ts";

const OWN: Reason = ["same", "pale has its own way"];
const SOCKETS: Reason = ["stricter", "pale takes single ones: sockets = [PATH]"];
const COMMANDS: Reason = ["looser", "pale does not judge commands, only what they can reach"];

const REASONS: Record<string, Reason> = {
  extends: ["looser", "what that one says is not here: translate it as well"],
  "network.allowUnixSockets": SOCKETS,
  "network.allowAllUnixSockets": SOCKETS,
  "network.allowLocalBinding": [
    "same",
    "programs may listen inside; `publish` shows a server outside",
  ],
  "network.allowLocalOutbound": ["same", "only ports that are named can be reached"],
  "network.httpProxyPort": OWN,
  "network.socksProxyPort": OWN,
  "network.upstreamProxy": ["stricter", "pale goes through the proxy that your variables name"],
  "network.defaultAction": ["stricter", "what is not allowed is denied"],
  "filesystem.strictDenyRead": ["looser", "pale shows the system's programs and libraries"],
  "filesystem.wslInterop": ["stricter", "pale shows nothing of Windows"],
  "filesystem.allowGitConfig": ["stricter", 'to let it be written: unprotect = [".git/config"]'],
  command: COMMANDS,
  ssh: ["looser", "pale allows hosts and ports, as in `github.com:22`, and no single commands"],
  devices: ["stricter", "pale has a /dev of its own"],
  macos: ["same", "macOS only"],
  allowPty: ["same", "macOS only"],
  forceNewSession: ["same", "pale keeps the terminal, and refuses what would type into it"],
  $schema: ["same", "it is for editors"],
};

const TRANSLATED = [
  ...["network.allowedDomains", "network.deniedDomains", "network.allowLocalOutboundPorts"],
  ...["filesystem.defaultDenyRead", "filesystem.allowRead", "filesystem.allowExecute"],
  ...["filesystem.denyRead", "filesystem.allowWrite", "filesystem.denyWrite"],
];

/** The settings of fence, as a profile `fence`. */
export function translateFence(document: Document, place: Place): Draft {
  const profile = makeSection("profile", "fence");
  const project = makeSection("project", place.project);
  const domains = (key: string) => ({ subject: key, domains: readStrings(document, key) });
  addDomains(profile, domains("network.allowedDomains"), domains("network.deniedDomains"));
  addForwards(document, profile);
  const paths = (key: string) => readStrings(document, `filesystem.${key}`);
  const isClosed = ["defaultDenyRead", "strictDenyRead"].some(
    (key) => readSwitch(document, `filesystem.${key}`) === true,
  );
  addFileRules(
    { profile, project, place },
    {
      allowRead: [...paths("allowRead"), ...paths("allowExecute")],
      denyRead: paths("denyRead"),
      allowWrite: paths("allowWrite"),
      denyWrite: paths("denyWrite"),
      isClosed,
    },
  );
  noteRest(profile, document, { translated: TRANSLATED, reasons: REASONS });
  return [profile, project];
}

/** Only where the loopback is allowed at all; that defaults to another key. */
function addForwards(document: Document, profile: Section): void {
  const key = "network.allowLocalOutbound";
  const isAllowed = readSwitch(document, key) ?? readSwitch(document, "network.allowLocalBinding");
  const ports = valueAt(document, "network.allowLocalOutboundPorts");
  if (isAllowed !== true || !Array.isArray(ports)) return;
  for (const port of ports) {
    if (isPort(port)) add(profile, "forwards", { host_port: port });
    else note(profile, "stricter", [`${key}Ports ${String(port)}`, "it is no port"]);
  }
}
