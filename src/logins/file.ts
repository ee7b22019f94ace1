import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Login } from "../policy.ts";
import type { LoginWorld } from "./keeper.ts";
import { type Lock, withLocks } from "./lock.ts";

/** Where a log-in is: see `LoginPlan`. */
export type LoginFile = { login: Login; file: string; directory: string; home: string };

/** The agent's own file, read and written as the agent does it. */
export function openLoginFile(place: LoginFile): Pick<LoginWorld, "load" | "save" | "lock"> {
  const { login, file, directory, home } = place;
  const isClaude = login === "claude";
  // Claude's own: it renews nothing, and writes nothing, while another process holds them.
  const renewing = isClaude
    ? [lock(join(directory, ".oauth_refresh.lock"), 60), lock(`${directory}.lock`, 60)]
    : [lock(`${home}.lock`, 60)];
  const writing = isClaude ? [lock(join(directory, ".storage-write.lock"), 15)] : [];
  return {
    load: () => readFile(file, "utf8"),
    lock: (work) => withLocks(renewing, work),
    save: (change) =>
      withLocks(writing, async () => {
        const changed = change(await readFile(file, "utf8"));
        if (changed !== undefined) await replace(await realpath(file), changed);
      }),
  };
}

function lock(path: string, seconds: number): Lock {
  return { path, stale: seconds * 1000 };
}

async function replace(file: string, text: string): Promise<void> {
  const { mode } = await stat(file);
  const beside = `${file}.pale-${process.pid}`;
  const handle = await open(beside, "wx", mode & 0o777);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
