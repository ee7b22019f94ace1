import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";

/** The way into a sandbox's network. */
export type Entrance = {
  /** Path of the init program. */
  init: string;
  /** Open descriptors of the namespaces. */
  namespaces: { user: number; network: number };
};

/** What the init program does inside, with its standard input and output; see docs/init.md. */
export type Errand = { stdio: readonly [Stdio, Stdio] } & (
  | { role: "dial"; port: number }
  | { role: "ports" }
);

type Stdio = Exclude<StdioOptions, string>[number];

/** Starts the init program in the sandbox's network. It has no environment, and ends with us. */
export function enterNetwork({ init, namespaces }: Entrance, errand: Errand): ChildProcess {
  const words = [errand.role, String(process.pid)];
  if (errand.role === "dial") words.push(String(errand.port));
  const { user, network } = namespaces;
  return spawn(init, words, { stdio: [...errand.stdio, "ignore", user, network], env: {} });
}

/** Kills a process that may have ended, and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}
