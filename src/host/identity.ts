import { readFileSync } from "node:fs";
import type { Identity } from "../plan/facts.ts";
import type { Environment } from "./directories.ts";

/**
 * Who runs pale, by the password database. Not by the runtime's `userInfo`, which
 * believes USER and HOME.
 *
 * @param uid of this process
 * @param gid of this process
 */
export function readIdentity(
  { uid, gid }: { uid: number; gid: number },
  environment: Environment,
): Identity {
  const entry = findEntry("passwd", uid);
  const user = entry?.[0] ?? environment["USER"] ?? String(uid);
  return { uid, gid, user, home: entry?.[5], group: findEntry("group", gid)?.[0] ?? user };
}

/** The fields of a user or group: from the file, or from a directory service by `getent`. */
function findEntry(database: "passwd" | "group", number: number): string[] | undefined {
  return (
    findLine(readFileSync(`/etc/${database}`, "utf8"), number) ??
    findLine(askNameService(database, number), number)
  );
}

function findLine(text: string, number: number): string[] | undefined {
  const lines = text.split("\n").map((line) => line.split(":"));
  return lines.find((fields) => fields[2] === String(number));
}

function askNameService(database: string, number: number): string {
  try {
    return process
      .getBuiltinModule("node:child_process")
      .execFileSync("/usr/bin/getent", [database, String(number)], {
        env: {},
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
  } catch {
    return "";
  }
}
