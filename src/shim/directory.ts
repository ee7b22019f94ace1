import { join } from "node:path";
import type { Directories } from "../host/directories.ts";

/** Where `pale shims` writes; the directory that goes in front of PATH. */
export function shimDirectory({ data }: Directories): string {
  return join(data, "shims");
}
