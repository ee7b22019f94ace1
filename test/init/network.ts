import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { renderNetworkFile } from "../../src/launch/network-file.ts";
import type { Listener } from "../../src/plan/plan.ts";
import { requireSandbox } from "../helpers/requires.ts";
import { BASE } from "./inside.ts";
import { makeFolder, requireArchitecture, writeExecutable, writeInit } from "./init.ts";
import { Started, until } from "./started.ts";

export type Namespaces = { user: number; network: number };

/** A network of its own, with test/init/inside.ts in it, up to the end of the test. */
export type Network = { init: string; folder: string; namespaces: Namespaces };

/** Path, name and arguments, as inner takes them. */
export const INSIDE = [
  process.execPath,
  "bun",
  join(import.meta.dirname, "inside.ts"),
  String(BASE),
];

/** @param listeners sockets that the supervisor holds, and nobody serves */
export async function startNetwork(
  context: TestContext,
  listeners: readonly Listener[] = [],
): Promise<Network | undefined> {
  const architecture = requireArchitecture(context);
  if (!architecture || !requireSandbox(context)) return undefined;
  const folder = makeFolder(context);
  const init = writeInit(folder, architecture);
  const network = writeNetworkFile(folder, listeners);
  const supervisor = writeExecutable(folder, "supervisor", "#!/bin/sh\nexec sleep 1000\n");
  const gate = ["--network", network, "--supervisor", supervisor];
  const started = new Started([init, "outer", ...gate, "--", init, "inner", ...INSIDE]);
  context.after(() => started[Symbol.dispose]());
  const namespaces = openNamespaces(context, await readPid(started));
  return { init, folder, namespaces };
}

export function writeNetworkFile(folder: string, listeners: readonly Listener[]): string {
  const file = join(folder, "network");
  const ids = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  writeFileSync(file, renderNetworkFile(listeners, ids));
  return file;
}

async function readPid(started: Started): Promise<number> {
  await until(
    () => "the inside is ready",
    () => started.lines.length > 0,
  );
  return Number(started.lines[0]?.replace("ready ", ""));
}

/** Those of a process, open until the end of the test. */
export function openNamespaces(context: TestContext, pid: number | "self"): Namespaces {
  const open = (name: string): number => {
    const descriptor = openSync(`/proc/${pid}/ns/${name}`, "r");
    context.after(() => closeSync(descriptor));
    return descriptor;
  };
  return { user: open("user"), network: open("net") };
}

export type Call = {
  init: string;
  namespaces: Namespaces;
  words: readonly string[];
  /** Default: nothing, and its end. */
  input?: string;
};

/** The init program in a network, from its start to its end. */
export async function enter({ init, namespaces, words, input = "" }: Call) {
  const { user, network } = namespaces;
  const child = spawn(init, words, { stdio: ["pipe", "pipe", "pipe", user, network], env: {} });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (bytes: Buffer) => (stdout += bytes.toString("latin1")));
  child.stderr?.on("data", (bytes: Buffer) => (stderr += bytes.toString("latin1")));
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** One connection to a port inside. */
export function talk({ init, namespaces }: Network, port: number, input = "") {
  const words = ["dial", String(process.pid), String(port)];
  return enter({ init, namespaces, words, input });
}

export const request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
