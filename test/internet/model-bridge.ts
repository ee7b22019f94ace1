import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Internet } from "./internet.ts";

/** From the fake internet's API to the scripted model, which is in the real network. */
export async function makeBridge(internet: Internet, url: string): Promise<ChildProcess> {
  const socket = join(internet.directory, "model.sock");
  const { port } = new URL(url);
  // One that still ends would remove the socket of this one.
  await last.get(internet);
  const listen = `UNIX-LISTEN:${socket},fork,unlink-early`;
  const bridge = spawn("socat", [listen, `TCP:127.0.0.1:${port}`], { stdio: "ignore" });
  last.set(internet, once(bridge, "exit"));
  while (!existsSync(socket)) await sleep(10);
  return bridge;
}

/** The end of the last bridge of each. */
const last = new WeakMap<Internet, Promise<unknown>>();
