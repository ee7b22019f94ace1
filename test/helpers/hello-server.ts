import { createServer } from "node:http";
import { parentPort } from "node:worker_threads";
import { listenOnLoopback } from "./loopback.ts";

/** A worker: a server on the host's loopback that says hello, and tells its port. */
const server = createServer((_, response) => response.end("hello from the host"));
const port = await listenOnLoopback(server);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(port);
