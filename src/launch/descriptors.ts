import { closeSync, fstatSync, readdirSync, readFileSync } from "node:fs";

/**
 * Close what the caller left open. An open directory or socket of the host goes
 * straight through every mount: `openat(fd, "..")` would walk out of the sandbox.
 *
 * Pipes stay: they lead nowhere but to their other end, and `claude <(command)` hands
 * the agent one. What this process opened itself closes by itself at execve.
 */
export function closeInherited(): void {
  for (const name of readdirSync("/proc/self/fd")) {
    const descriptor = Number(name);
    if (descriptor > 2 && isInherited(descriptor) && !isPipe(descriptor)) closeSync(descriptor);
  }
}

const CLOSE_ON_EXEC = 0o2000000;

function isInherited(descriptor: number): boolean {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    const flags = Number.parseInt(/^flags:\s*(\d+)/mu.exec(text)?.[1] ?? "0", 8);
    return (flags & CLOSE_ON_EXEC) === 0;
  } catch {
    // The descriptor of the listing itself, closed by now.
    return false;
  }
}

function isPipe(descriptor: number): boolean {
  return fstatSync(descriptor).isFIFO();
}
