import type { HostFacts } from "./facts.ts";
import type { MountOperation } from "./plan.ts";
import { isVisible } from "./visible.ts";

/** Where programs inside find whom to believe, when connections of theirs end at the supervisor. */
export const AUTHORITIES = "/run/pale/authorities.pem";

/**
 * The authorities of this system and the user's own one, in a file of pale's and in the place of
 * the system's bundles, for programs that look nowhere else.
 *
 * @param ground what else is mounted: a bundle that is not there inside needs no replacement
 */
export function planAuthorities(
  { authorities }: HostFacts,
  ground: readonly MountOperation[],
): MountOperation[] {
  if (!authorities) return [];
  const { text, bundles } = authorities;
  const shown = bundles.filter((path) => isVisible(path, ground));
  return [AUTHORITIES, ...shown].map((destination) => ({
    kind: "text",
    name: "authorities",
    text,
    destination,
    why: "whom to believe: this system's authorities, and the one for hosts of `proxies`",
  }));
}

/** For OpenSSL, Go, Rust, Python, curl, git, Node, cargo, pip, Deno and the tools of AWS and Google. */
const VARIABLES = [
  "SSL_CERT_FILE",
  "NIX_SSL_CERT_FILE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "DENO_CERT",
  "AWS_CA_BUNDLE",
  "CODEX_CA_CERTIFICATE",
  "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
] as const;

export function planAuthorityVariables({ authorities }: HostFacts): Record<string, string> {
  return authorities ? Object.fromEntries(VARIABLES.map((name) => [name, AUTHORITIES])) : {};
}
