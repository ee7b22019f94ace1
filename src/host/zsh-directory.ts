import { spawnSync } from "node:child_process";
import { isAbsolute } from "node:path";
import type { Environment } from "./directories.ts";
import { BARE_PATH, findShell, SHELL_MILLISECONDS } from "./find-shell.ts";

const MARK = "\npale-zdotdir:";

/**
 * ZDOTDIR as a new zsh has it: a startup file sets it, often without exporting it, and another
 * shell knows nothing of it. That startup file is run, as with every new terminal.
 *
 * @returns `undefined` where there is no zsh, or none is set
 */
export function readZshDirectory(environment: Environment): string | undefined {
  const { ZDOTDIR, HOME, USER } = environment;
  const zsh = ZDOTDIR ? undefined : findShell("zsh", environment);
  if (zsh === undefined) return ZDOTDIR;
  const { stdout } = spawnSync(zsh, ["-c", `printf '\\n${MARK.trim()}%s' "\${ZDOTDIR-}"`], {
    env: { HOME, USER, PATH: BARE_PATH },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: SHELL_MILLISECONDS,
    killSignal: "SIGKILL",
    encoding: "utf8",
  });
  const said = stdout?.split(MARK).at(-1) ?? "";
  return isAbsolute(said) ? said : undefined;
}
