// What coding agents and the tools they start ask of node, each part printed once it has worked.
import { execFileSync } from "node:child_process";
import { mkdtempSync, watch, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createSocketServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

const folder = mkdtempSync("/tmp/node-");

async function useWorkers() {
  const source = "require('node:worker_threads').parentPort.postMessage(6 * 7)";
  const start = () =>
    new Promise((resolve, reject) => {
      new Worker(source, { eval: true }).on("message", resolve).on("error", reject);
    });
  const answers = await Promise.all([start(), start(), start(), start()]);
  return answers.every((answer) => answer === 42);
}

function watchFiles() {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_, name) => {
      watcher.close();
      resolve(name === "watched");
    });
    writeFileSync(join(folder, "watched"), "x");
  });
}

async function fetchFromLoopback() {
  const server = createServer((_, response) => response.end("hello"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`);
  const text = await response.text();
  server.closeAllConnections();
  server.close();
  return text === "hello";
}

function speakOverSocket() {
  return new Promise((resolve) => {
    const server = createSocketServer((socket) => socket.end("hello"));
    server.listen(join(folder, "socket"), () => {
      connect(join(folder, "socket")).on("data", (data) => {
        server.close();
        resolve(String(data) === "hello");
      });
    });
  });
}

function startChild() {
  return execFileSync("sh", ["-c", "echo child"], { encoding: "utf8" }) === "child\n";
}

function listInterfaces() {
  return networkInterfaces().lo?.[0]?.address === "127.0.0.1";
}

const parts = {
  workers: useWorkers,
  watch: watchFiles,
  fetch: fetchFromLoopback,
  socket: speakOverSocket,
  child: startChild,
  interfaces: listInterfaces,
};
for (const [name, part] of Object.entries(parts)) {
  if (!(await part())) throw new Error(`${name} did not work`);
  console.log(name);
}
