import { makeProgram } from "../../src/commands/program.ts";
import { readDefinition } from "../../src/commands/definition.ts";

/** The definitions of the commands as they are; none of them is run. */
export const DEFINITION = readDefinition(
  makeProgram({
    environment: {},
    workingDirectory: "/",
    architecture: "x64",
    ids: { uid: 1000, gid: 1000 },
    executable: "/usr/bin/pale",
    print: () => {},
  }),
);
