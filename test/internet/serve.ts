import { spawn } from "node:child_process";
import { appendFileSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startNameServer } from "./name-server.ts";
import { makePackages } from "./packages.ts";
import { startModelServer } from "./model-server.ts";
import { type Site, startHttpTwoServer, startWebServer } from "./web-server.ts";
import { ADDRESS, WEB_ADDRESSES } from "./zone.ts";

/**
 * Every server of the world in one process: `serve.ts DIRECTORY`. What they saw goes to
 * `queries` and `requests` there, a line of JSON each; `ready` appears when all listen.
 */
const [, , directory = ""] = process.argv;
const file = (name: string): string => join(directory, name);
const record = (name: string, entry: unknown): void => {
  appendFileSync(file(name), `${JSON.stringify(entry)}\n`);
};

/** A queue of one, with that one in it: the kernel drops every further attempt in silence. */
const SILENT_SERVER = `import socket, sys, time
server = socket.create_server((sys.argv[1], 443), backlog=0)
clients = [socket.socket() for _ in range(2)]
for client in clients:
  client.setblocking(False)
  client.connect_ex((sys.argv[1], 443))
time.sleep(1e9)`;

const site: Site = {
  key: readFileSync(file("server.key"), "utf8"),
  cert: readFileSync(file("server.pem"), "utf8"),
  repositories: file("git"),
  packages: makePackages(directory),
  onRequest: (seen) => record("requests", seen),
};
spawn("python3", ["-c", SILENT_SERVER, ADDRESS.silent], { stdio: "inherit" });
const sshOptions = ["-F", "-E", "-s", "-p", `${ADDRESS.git}:22`, "-r", file("host-key")];
spawn("dropbear", sshOptions, { stdio: ["ignore", "ignore", openSync(file("ssh-log"), "w")] });
await Promise.all([
  ...WEB_ADDRESSES.map((address) => startWebServer(address, site)),
  startHttpTwoServer(ADDRESS.httpTwo, site),
  ...[ADDRESS.nameServer, ADDRESS.otherNameServer].map((address) =>
    startNameServer(address, (query) => record("queries", query)),
  ),
]);
// What is a program of its own does not say when it listens.
while (!(await isOpen(ADDRESS.git, 22))) await sleep(20);
await startModelServer({ address: ADDRESS.model, socket: file("model.sock"), site });
writeFileSync(file("ready"), "");

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
