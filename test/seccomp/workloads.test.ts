import assert from "node:assert/strict";
import { test } from "node:test";
import { requireTools } from "../helpers/requires.ts";
import { runInside } from "./sandbox.ts";

type Workload = { name: string; tools: string[]; script: string; prints: string[] };

const WORKLOADS: readonly Workload[] = [
  {
    name: "bash pipelines, substitutions and jobs",
    tools: ["bash", "sort", "tr"],
    script: `bash -c 'printf "b\\na\\n" | sort | tr a-z A-Z; cat <(echo inner); sleep 0 & wait; echo "$(<<<here cat)"'`,
    prints: ["A", "B", "inner", "here"],
  },
  {
    name: "git init, commit, worktree and clone",
    tools: ["git"],
    script: `
      export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      git init -q one; cd one; echo x >file; git add file; git commit -q -m first; git log --format=%s
      git worktree add -q ../two; ls ../two; git clone -q . ../three; git -C ../three status --short --branch | wc -l`,
    prints: ["first", "file", "1"],
  },
  {
    name: "node with workers, watching, fetch, sockets and children",
    tools: ["node"],
    script: "node /tmp/given/node.mjs",
    prints: ["workers", "watch", "fetch", "socket", "child", "interfaces"],
  },
  {
    name: "bun, which the native builds of agents are made with",
    tools: [],
    script: "/tmp/bun /tmp/given/node.mjs",
    prints: ["workers", "watch", "fetch", "socket", "child", "interfaces"],
  },
  {
    name: "python with processes, threads, asyncio and ssl",
    tools: ["python3"],
    script: "python3 /tmp/given/python.py",
    prints: ["multiprocessing", "threads", "asyncio", "ssl"],
  },
  {
    name: "gcc and a program with threads",
    tools: ["gcc"],
    script: "gcc -O2 -pthread -o threads /tmp/given/threads.c; ./threads",
    prints: ["compiled"],
  },
  {
    name: "curl from a server on the loopback",
    tools: ["curl", "python3"],
    script: `
      echo served >page; python3 -m http.server --bind 127.0.0.1 8123 >/dev/null 2>&1 & server=$!
      until curl -sf http://127.0.0.1:8123/page; do sleep 0.05; done; kill $server`,
    prints: ["served"],
  },
  {
    name: "tar with compression",
    tools: ["tar", "gzip"],
    script: "echo packed >file; tar -czf file.tar.gz file; rm file; tar -xzf file.tar.gz; cat file",
    prints: ["packed"],
  },
];

for (const { name, tools, script, prints } of WORKLOADS) {
  test(`works under the filter: ${name}`, { timeout: 90_000 }, (context) => {
    if (!requireTools(context, tools)) return;
    const folder = new URL("workloads", import.meta.url).pathname;
    const guarded = `set -e; grep '^Seccomp:' /proc/self/status; ${script}`;
    const command = ["sh", "-c", guarded];
    const run = runInside(context, { folder, command, isFiltered: true, isRoot: false });
    if (!run) return;
    assert.deepEqual(
      { status: run.status, lines: run.stdout.trimEnd().split("\n"), stderr: run.stderr },
      { status: 0, lines: ["Seccomp:\t2", ...prints], stderr: "" },
    );
  });
}
