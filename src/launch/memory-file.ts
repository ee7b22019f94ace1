import { writeFileSync } from "node:fs";

/**
 * A file without a name, in memory alone: whoever is handed the descriptor can read it, and nobody
 * else. node: has nothing that makes one, so libc is called directly.
 *
 * @returns a descriptor that stays open across execve
 */
export async function openMemoryFile(name: string, text: string): Promise<number> {
  const { dlopen, ptr } = await import("bun:ffi");
  const libc = dlopen("libc.so.6", { memfd_create: { args: ["ptr", "i32"], returns: "i32" } });
  const descriptor = libc.symbols.memfd_create(ptr(Buffer.from(`${name}\0`)), 0);
  if (descriptor < 0) throw new Error("memfd_create failed");
  writeFileSync(descriptor, text);
  return descriptor;
}
