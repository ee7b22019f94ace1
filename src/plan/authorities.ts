import type { Policy } from "../policy.ts";
import type { HostFacts } from "./facts.ts";
import { matchesName } from "./name-pattern.ts";
import type { MountOperation } from "./plan.ts";
import { isVisible } from "./visible.ts";

/** Where programs inside find whom to believe, when connections of theirs end at the supervisor. */
const AUTHORITIES = "/run/pale/authorities.pem";

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
  const { text, bundles, javaStores } = authorities;
  const shown = bundles.filter((path) => isVisible(path, ground));
  const stores = javaStores.filter(({ path }) => isVisible(path, ground));
  return [
    ...[AUTHORITIES, ...shown].map((destination) => {
      return { kind: "text", name: "authorities", text, destination, why: WHY } as const;
    }),
    ...stores.map(({ path: destination, content }, index) => {
      const name = `java-authorities-${index}`;
      const text = content;
      return { kind: "text", encoding: "latin1", name, text, destination, why: WHY } as const;
    }),
  ];
}

const WHY = "whom to believe: this system's authorities, and the one for hosts of `proxies`";

/**
 * For OpenSSL, Go, Rust, Python, curl, git, Node, npm, cargo, pip, Deno, gRPC, Ruby, Perl, Elixir
 * and the tools of AWS and Google.
 */
const VARIABLES = [
  "SSL_CERT_FILE",
  "NIX_SSL_CERT_FILE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "NODE_EXTRA_CA_CERTS",
  "npm_config_cafile",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "DENO_CERT",
  "AWS_CA_BUNDLE",
  "CODEX_CA_CERTIFICATE",
  "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
  "HTTPLIB2_CA_CERTS",
  "BUNDLE_SSL_CA_CERT",
  "PERL_LWP_SSL_CA_FILE",
  "HEX_CACERTS_PATH",
] as const;

/** A file with authorities that a variable of the sandbox would name, by its path on the host. */
export type OwnRoots = { variable: string; path: string; origin: string };

/** Those that the policy and the user's registries would have programs inside believe as well. */
export function listOwnRoots(
  { variables }: Pick<Policy, "variables">,
  { environment, registries }: Pick<HostFacts, "environment" | "registries">,
): OwnRoots[] {
  const ofRegistries = registries.flatMap((each) => each.environment);
  const found = VARIABLES.flatMap((variable): OwnRoots[] => {
    const registry = ofRegistries.find(({ name }) => name === variable);
    const origin = "the configuration of a package registry";
    const known = registry ? [{ variable, path: registry.value, origin }] : [];
    const rule = variables.findLast((each) => matchesName(each.name, variable));
    const path = rule?.kind === "set" ? rule.value : rule && environment[variable];
    return rule && path ? [...known, { variable, path, origin: rule.origin }] : known;
  });
  return found.filter(({ path }) => path !== AUTHORITIES);
}

/** By name; none where no connection ends at the supervisor. */
export function planAuthorityVariables({ authorities }: HostFacts): Record<string, string> {
  return authorities ? Object.fromEntries(VARIABLES.map((name) => [name, AUTHORITIES])) : {};
}
