import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { removeTree } from "./remove-tree.ts";

/** A temporary directory with a real path, gone at the end of the test: `using folder = ...`. */
export class Folder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "pale-unit-")));

  at(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text = "", mode = 0o644): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  }

  directory(name: string): string {
    mkdirSync(this.at(name), { recursive: true });
    return this.at(name);
  }

  /** `target` is written as it stands: absolute, or relative to the link. */
  link(name: string, target: string): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
    return path;
  }

  [Symbol.dispose](): void {
    removeTree(this.path);
  }
}
