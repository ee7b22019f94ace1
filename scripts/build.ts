import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Build dist/pale: one executable with the runtime and byte code in it. The build is
 * named by a hash of everything that goes into it, because compiled configurations and
 * assembled files are kept under that name.
 *
 * Run as `bun scripts/build.ts [TOOLS]`: TOOLS is a directory with the tools that pale takes where
 * the system has none, for packages that bring their own; see src/host/tools.ts.
 */
const root = join(import.meta.dirname, "..");
const [tools = ""] = process.argv.slice(2);

function hashInputs(): string {
  const hash = createHash("sha256");
  for (const directory of ["src", "shims"]) {
    const names = readdirSync(join(root, directory), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
    for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  }
  hash.update(readFileSync(join(root, "package-lock.json"))).update(tools);
  return hash.digest("hex").slice(0, 12);
}

mkdirSync(join(root, "dist"), { recursive: true });
// pale is started in directories that an agent can write. Without the last four options
// the runtime would take settings from there, and run the `preload` of a bunfig.toml.
const options = [
  "--compile",
  "--format=esm",
  "--splitting",
  "--bytecode",
  "--minify",
  // A launch is over before compiled code would have paid for itself, on any of the threads that
  // compile; the supervisor takes this back (src/supervise/supervise.ts).
  "--compile-jit-policy=1000",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-tsconfig",
  "--no-compile-autoload-package-json",
];
const defines = [`PALE_BUILD="${hashInputs()}"`, `PALE_TOOLS=${JSON.stringify(tools)}`];
execFileSync(
  process.execPath,
  [
    "build",
    ...options,
    ...defines.flatMap((define) => ["--define", define]),
    "src/cli.ts",
    "--outfile",
    "dist/pale",
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
);
