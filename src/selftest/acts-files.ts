import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { done, nameError, refused } from "./targets.ts";
import type { Observation, Observations, Targets } from "./targets.ts";

/** Attempts on files and on what `/proc` shows of others. */
export function actOnFiles(targets: Targets): Observations {
  const { token, project } = targets;
  return {
    "home-read": attempt(() => readFileSync(targets.homeFile, "utf8").includes(token)),
    "home-write": attempt(() => overwrite(targets.homeFile, token)),
    "temporary-write": attempt(() => overwrite(targets.temporaryFile, token)),
    "project-write": attempt(() => create(join(project, "written"))),
    "hook-write": attempt(() => create(join(project, ".git/hooks/post-checkout"))),
    "git-configuration": attempt(() => overwrite(join(project, ".git/config"), "[core]\n")),
    "envrc-write": attempt(() => create(join(project, ".envrc"))),
    "own-write": attempt(() => writeInAny(targets.own, `pale-selftest-${token}`)),
    processes: attempt(() => searchProcesses("cmdline", token)),
    environment: attempt(() => searchProcesses("environ", token)),
  };
}

function attempt(act: () => boolean): Observation {
  try {
    return act() ? done("it worked") : refused("not there");
  } catch (error) {
    return refused(nameError(error));
  }
}

/** Only what is there already: a new file in a private directory would prove nothing. */
function overwrite(path: string, text: string): boolean {
  writeFileSync(path, text, { flag: "r+" });
  return true;
}

function create(path: string): boolean {
  writeFileSync(path, "");
  rmSync(path);
  return true;
}

function writeInAny(directories: readonly string[], name: string): boolean {
  const there = directories.filter((directory) => existsSync(directory));
  return there.some((directory) => attempt(() => create(join(directory, name))).kind === "done");
}

/** Does any process that can be seen have the token there? */
function searchProcesses(file: "cmdline" | "environ", token: string): boolean {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return processes.some((name) => {
    try {
      return readFileSync(`/proc/${name}/${file}`, "latin1").includes(token);
    } catch {
      return false;
    }
  });
}
