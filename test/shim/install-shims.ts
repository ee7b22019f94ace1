import { installShims } from "../../src/shim/install.ts";
import { renderShims } from "../../src/shim/render.ts";

/** Run by install.test.ts as a process of its own: `install-shims.ts DIRECTORY PALE NAME...`. */
const [directory = "", pale = "", ...names] = process.argv.slice(2);
installShims(
  directory,
  names.flatMap((name) => renderShims({ name, pale })),
);
