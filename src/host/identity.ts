import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import type { Identity } from "../plan/facts.ts";

export function readIdentity(): Identity {
  const { uid, gid, username } = userInfo();
  return { uid, gid, user: username, group: findGroupName(gid) ?? username };
}

/** The name in /etc/group; absent when groups come from a directory service. */
function findGroupName(gid: number): string | undefined {
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [name, , number] = line.split(":");
    if (number === String(gid)) return name;
  }
  return undefined;
}
