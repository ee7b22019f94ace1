import type { Injection, ProxyRule } from "../policy.ts";
import type { ProfileDocument } from "./schema.ts";
import { readSize } from "./size.ts";

type ProxyDocument = NonNullable<ProfileDocument["proxies"]>[number];

/** One table of `proxies` as the policy has it. */
export function proxyFrom(document: ProxyDocument): ProxyRule {
  const { host, inject, methods = [], paths = [], push } = document;
  const { requests_per_hour, bytes_per_hour } = document;
  return {
    host,
    ...(inject && { inject: injectionFrom(inject) }),
    methods,
    paths,
    ...(push && { push }),
    ...(requests_per_hour !== undefined && { requestsPerHour: requests_per_hour }),
    ...(bytes_per_hour !== undefined && { bytesPerHour: readSize(bytes_per_hour) }),
  };
}

type InjectDocument = NonNullable<ProxyDocument["inject"]>;

function injectionFrom({ secret, env, ...where }: InjectDocument): Injection {
  return { secret, ...(env !== undefined && { variable: env }), ...placeFrom(where) };
}

function placeFrom({ header, query, basic }: Omit<InjectDocument, "secret" | "env">) {
  if (header !== undefined) return { kind: "header", name: header } as const;
  if (query !== undefined) return { kind: "query", name: query } as const;
  if (basic !== undefined) return { kind: "basic", user: basic } as const;
  return { kind: "bearer" } as const;
}
