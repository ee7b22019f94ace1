import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A registry for npm and an index for pip, with one package each: `demo` 1.0.0. */
export type Packages = ReadonlyMap<string, { type: string; body: Buffer }>;

const HOST = "https://packages.test";
const WHEEL = "demo-1.0.0-py3-none-any.whl";

/** Paths with what is there; the archives are made in `directory`. */
export function makePackages(directory: string): Packages {
  const archive = makeNodePackage(directory);
  const wheel = makeWheel(directory);
  return new Map([
    ["/npm/demo", { type: "application/json", body: describePackage(archive) }],
    ["/npm/demo.tgz", { type: "application/octet-stream", body: archive }],
    ["/pip/demo/", { type: "text/html", body: listWheel(wheel) }],
    [`/pip/${WHEEL}`, { type: "application/octet-stream", body: wheel }],
  ]);
}

function makeNodePackage(directory: string): Buffer {
  mkdirSync(join(directory, "package"), { recursive: true });
  const manifest = { name: "demo", version: "1.0.0", main: "index.js" };
  writeFileSync(join(directory, "package/package.json"), JSON.stringify(manifest));
  writeFileSync(join(directory, "package/index.js"), 'module.exports = "demo of node";\n');
  execFileSync("tar", ["czf", "demo.tgz", "package"], { cwd: directory });
  return readFileSync(join(directory, "demo.tgz"));
}

function describePackage(archive: Buffer): Buffer {
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  const dist = { tarball: `${HOST}/npm/demo.tgz`, integrity };
  const version = { name: "demo", version: "1.0.0", main: "index.js", dist };
  const all = { name: "demo", "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } };
  return Buffer.from(JSON.stringify(all));
}

const MAKE_WHEEL = `import sys, zipfile
info = "demo-1.0.0.dist-info/"
files = {"demo.py": "value = 'demo of python'\\n",
  info + "METADATA": "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0.0\\n",
  info + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
files[info + "RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "RECORD"])
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
  for name, text in files.items(): wheel.writestr(name, text)`;

function makeWheel(directory: string): Buffer {
  execFileSync("python3", ["-c", MAKE_WHEEL, join(directory, WHEEL)]);
  return readFileSync(join(directory, WHEEL));
}

function listWheel(wheel: Buffer): Buffer {
  const digest = createHash("sha256").update(wheel).digest("hex");
  const link = `<a href="${HOST}/pip/${WHEEL}#sha256=${digest}">${WHEEL}</a>`;
  return Buffer.from(`<!DOCTYPE html><html><body>${link}</body></html>`);
}
