/** The fake internet's names and addresses. What is 93.184.216.0/24 here is nobody's. */

export const ADDRESS = {
  /** Several names behind one address. */
  web: "93.184.216.34",
  webSix: "2606:2800:220:1::34",
  git: "93.184.216.35",
  packages: "93.184.216.36",
  httpTwo: "93.184.216.37",
  model: "93.184.216.38",
  /** Nobody listens. */
  refusing: "93.184.216.9",
  /** Never answers. */
  silent: "93.184.216.10",
  /** A name server that the host's resolver does not ask. */
  otherNameServer: "93.184.216.53",
  /** A public address of the host's own interface. */
  own: "93.184.216.99",
  /** Others on the host's local network, and the host there. */
  lan: "192.168.77.5",
  nameServer: "192.168.77.1",
  host: "192.168.77.2",
  metadata: "169.254.169.254",
  loopback: "127.0.0.1",
} as const;

/** Where the web server is, each on 443 and 80. */
export const WEB_ADDRESSES: readonly string[] = [
  ADDRESS.web,
  ADDRESS.webSix,
  ADDRESS.git,
  ADDRESS.packages,
  ADDRESS.own,
  ADDRESS.lan,
  ADDRESS.metadata,
  ADDRESS.loopback,
  "::1",
];

export type Records = {
  four?: readonly string[];
  six?: readonly string[];
  /** In place of `four`, from the second answer on. */
  later?: readonly string[];
};

const ZONE: Readonly<Record<string, Records>> = {
  "web.test": { four: [ADDRESS.web], six: [ADDRESS.webSix] },
  "other.test": { four: [ADDRESS.web] },
  "six.test": { six: [ADDRESS.webSix] },
  "git.test": { four: [ADDRESS.git] },
  "packages.test": { four: [ADDRESS.packages] },
  "api.anthropic.com": { four: [ADDRESS.model] },
  "platform.claude.com": { four: [ADDRESS.model] },
  "chatgpt.com": { four: [ADDRESS.model] },
  "auth.openai.com": { four: [ADDRESS.model] },
  "api.openai.com": { four: [ADDRESS.model] },
  "h2.test": { four: [ADDRESS.httpTwo] },
  "refusing-first.test": { four: [ADDRESS.refusing, ADDRESS.web] },
  "silent-first.test": { four: [ADDRESS.silent, ADDRESS.web] },
  "lan.test": { four: [ADDRESS.lan] },
  "metadata.test": { four: [ADDRESS.metadata] },
  "loopback.test": { four: [ADDRESS.loopback] },
  "loopback-six.test": { six: ["::1"] },
  "mapped.test": { six: [`::ffff:${ADDRESS.loopback}`] },
  "zero.test": { four: ["0.0.0.0"] },
  "own.test": { four: [ADDRESS.own] },
  "mixed.test": { four: [ADDRESS.loopback, ADDRESS.web] },
  "rebind-loopback.test": { four: [ADDRESS.web], later: [ADDRESS.loopback] },
  "rebind-metadata.test": { four: [ADDRESS.web], later: [ADDRESS.metadata] },
};

/** For the certificate. */
export const NAMES: readonly string[] = [...Object.keys(ZONE), "*.wild.test"];

export function findRecords(name: string): Records | undefined {
  if (name.endsWith(".wild.test")) return { four: [ADDRESS.web] };
  return ZONE[name];
}
