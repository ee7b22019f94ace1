import { image as aarch64 } from "./image-aarch64.ts";
import { image as x86_64 } from "./image-x86_64.ts";

const IMAGES = { x86_64, aarch64 } as const;

/**
 * The first process of every sandbox (see init.c and docs/init.md), as the bytes of a
 * static executable that needs nothing but the kernel.
 */
export function assembleInit(architecture: keyof typeof IMAGES): Uint8Array {
  return Buffer.from(IMAGES[architecture], "base64");
}
