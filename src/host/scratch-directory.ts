import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releaseOnSignal } from "./release-on-signal.ts";

/** A directory of this process alone, gone with it: `using scratch = ...`. */
export class ScratchDirectory implements Disposable {
  readonly path: string;
  readonly #keep = releaseOnSignal(() => this.#remove());

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
  }

  [Symbol.dispose](): void {
    this.#keep();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
