import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { certifyHost, makeAuthority } from "../../src/certificates/certificate.ts";
import { Budget } from "../../src/proxy/budget.ts";
import type { Credential } from "../../src/proxy/credential.ts";
import type { Interception } from "../../src/proxy/request-rules.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { makeDirectory } from "./directory.ts";

export const VALUE = "sk-real-0123456789";
export const PLACEHOLDER = "sk-fake-9876543210";
export const DAY = 86_400_000;
export const validity = { from: new Date(Date.now() - DAY), until: new Date(Date.now() + DAY) };
export const authority = { name: "inside", ...makeAuthority("inside", validity) };
export const HOST = "api.example.com";

const credential: Credential = {
  name: "key",
  placeholder: PLACEHOLDER,
  read: () => Promise.resolve(new Secret("key", VALUE)),
  values: () => [{ secret: new Secret("key", VALUE), placeholder: PLACEHOLDER }],
};

const missing: Credential = {
  ...credential,
  read: () => Promise.reject(new Error("locked")),
  values: () => [],
};

export const RULES: Interception = {
  host: HOST,
  credentials: [credential],
  rules: [
    { methods: ["POST"], paths: ["/budget"], budget: new Budget({ requests: 2 }) },
    { methods: [], paths: ["/locked"], inject: { credential: missing, kind: "bearer" } },
    {
      methods: ["GET", "POST"],
      paths: ["/**"],
      inject: { credential, kind: "header", name: "x-api-key" },
    },
  ],
};

export type Curl = { status: number | null; stdout: string; stderr: string };

/** For one test file: curl, which believes what programs inside would, and a directory. */
export function useCurl() {
  const directory = makeDirectory();
  const inside = join(directory, "inside.pem");
  writeFileSync(inside, authority.certificate);
  const curl = (words: readonly string[]) => run(["--cacert", inside, ...words]);
  return { curl, inside, directory };
}

function run(words: readonly string[]): Promise<Curl> {
  const options = ["-sS", "--max-time", "20"];
  return new Promise((resolve) => {
    const child = execFile(
      "curl",
      [...options, ...words],
      { env: {}, maxBuffer: 1 << 24 },
      (_error, stdout, stderr) => {
        resolve({ status: child.exitCode, stdout, stderr });
      },
    );
  });
}

/** As `find` of interceptions: this host, and no other. */
export function find(host: string): Interception | undefined {
  return host === HOST ? RULES : undefined;
}

export function certify(host: string) {
  return certifyHost(authority, host, validity);
}
