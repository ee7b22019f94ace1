import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "./directory.ts";

/** A certificate for some names from an authority made for the test. */
export type Certificates = { ca: string; caFile: string; key: string; cert: string };

export function makeCertificates(names: string[]): Certificates {
  const directory = makeDirectory();
  const file = (name: string): string => join(directory, name);
  const openssl = (...options: string[]): void => {
    execFileSync("openssl", options, { cwd: directory, stdio: "ignore" });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test");
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server");
  writeFileSync(file("names"), `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`);
  const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
  const files = ["-in", "server.csr", "-out", "server.pem", "-extfile", "names"];
  openssl("x509", "-req", ...files, ...authority);
  const read = (name: string): string => readFileSync(file(name), "utf8");
  return {
    ca: read("ca.pem"),
    caFile: file("ca.pem"),
    key: read("server.key"),
    cert: read("server.pem"),
  };
}
