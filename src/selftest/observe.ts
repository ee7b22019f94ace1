import { readFileSync } from "node:fs";
import { actOnFiles } from "./acts-files.ts";
import { actOnKernel } from "./acts-kernel.ts";
import { actOnNetwork } from "./acts-network.ts";
import type { Observations, Targets } from "./targets.ts";

/**
 * Try everything once. The same program runs inside of the sandbox and outside, so that each
 * attempt has its control.
 *
 * @param file the targets, as JSON
 */
export async function observe(file: string): Promise<Observations> {
  const targets = JSON.parse(readFileSync(file, "utf8")) as Targets;
  const network = await actOnNetwork(targets);
  return { ...actOnFiles(targets), ...network, ...actOnKernel(targets) };
}
