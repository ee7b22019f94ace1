import type { Invocation } from "../../src/commands/invocation.ts";
import type { Folder } from "./folder.ts";

/** An ordinary user's, in `work` of a folder that is the home directory. */
export function invocationIn(home: Folder, print: (text: string) => void): Invocation {
  return {
    environment: { HOME: home.path, PATH: "/usr/bin" },
    workingDirectory: home.at("work"),
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/opt/pale",
    print,
  };
}
