import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Git's smart HTTP by `git http-backend` (CGI) for the repositories below `root`. */
export function serveGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const child = spawn("git", ["http-backend"], {
    env: { ...readEnvironment(request), GIT_PROJECT_ROOT: root },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => answer(Buffer.concat(chunks), response));
}

function readEnvironment({
  url = "",
  method = "",
  headers,
}: IncomingMessage): Record<string, string> {
  const { pathname, search } = new URL(url, "https://git.test");
  return {
    PATH: process.env["PATH"] ?? "",
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: pathname,
    QUERY_STRING: search.slice(1),
    REQUEST_METHOD: method,
    REMOTE_USER: "test",
    CONTENT_TYPE: headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
    HTTP_GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
    ...(headers["content-length"] && { CONTENT_LENGTH: headers["content-length"] }),
  };
}

function answer(output: Buffer, response: ServerResponse): void {
  const end = output.indexOf("\r\n\r\n");
  for (const line of output.toString("latin1", 0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/: /u, 2);
    if (name.toLowerCase() === "status") response.statusCode = Number(value.slice(0, 3));
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}
