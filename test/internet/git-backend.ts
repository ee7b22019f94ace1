import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** What the repositories below `me` and `you` ask for. */
export const GIT_TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

const PRIVATE = /^\/(?:me|you|moved|away)\//u;

/** Whether a path is one of a repository's. */
export function isRepository(path: string): boolean {
  return path.startsWith("/repository.git/") || PRIVATE.test(path);
}

/** Git's smart HTTP by `git http-backend` (CGI) for the repositories below `root`. */
export function serveGit(root: string, request: Request, response: Response): void {
  const path = request.url ?? "";
  if (PRIVATE.test(path) && !isKnown(request)) {
    response.setHeader("www-authenticate", 'Basic realm="git"');
    return end(response, 401);
  }
  const [, moved] = /^\/moved\/(.*)/u.exec(path) ?? [];
  const [, away] = /^\/away\/(.*)/u.exec(path) ?? [];
  if (moved !== undefined || away !== undefined) {
    const target =
      moved === undefined
        ? "https://web.test/repository.git/info/refs?service=git-upload-pack"
        : `/you/${moved}`;
    response.setHeader("location", target);
    return end(response, 302);
  }
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

function isKnown({ headers }: Request): boolean {
  const words = Buffer.from(`x-access-token:${GIT_TOKEN}`).toString("base64");
  return headers.authorization === `Basic ${words}`;
}

function end(response: Response, status: number): void {
  response.statusCode = status;
  response.end();
}

function readEnvironment({ url = "", method = "", headers }: Request): Record<string, string> {
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

function answer(output: Buffer, response: Response): void {
  const end = output.indexOf("\r\n\r\n");
  for (const line of output.toString("latin1", 0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/: /u, 2);
    if (name.toLowerCase() === "status") response.statusCode = Number(value.slice(0, 3));
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}
