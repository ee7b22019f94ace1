import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Stands for `npm ci --omit=dev` where there is no network: takes the packages that the lock file of the
 * working directory names from the node_modules that is given, and leaves what npm would leave beside them.
 */
const [modules = "", ...command] = process.argv.slice(2);
if (command[0] !== "ci" || !command.includes("--omit=dev")) throw new Error(command.join(" "));

type Lock = { packages: Record<string, { dev?: boolean; version: string }> };
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
for (const [path, { dev, version }] of Object.entries(lock.packages)) {
  if (path === "" || dev) continue;
  const source = join(modules, "..", path);
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  if (manifest.version !== version) throw new Error(`${path} is ${manifest.version} in ${modules}`);
  cpSync(source, path, { recursive: true, verbatimSymlinks: true });
}
writeFileSync("node_modules/.package-lock.json", `${Math.random()}`);

type Manifest = { version: string };
