import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./directories.ts";
import { ScratchDirectory } from "./scratch-directory.ts";
import { readNames } from "./status.ts";

const USUAL = {
  XDG_CONFIG_HOME: ".config",
  XDG_DATA_HOME: ".local/share",
  XDG_CACHE_HOME: ".cache",
};

/**
 * fish makes its directories when it is started first; who has none does not use it, and nobody
 * may think so because the doctor has asked. Here it makes them elsewhere.
 */
export class FishScratch implements Disposable {
  readonly #directory = new ScratchDirectory("pale-doctor-fish-");
  readonly #places = new Map<string, string>();

  /** What takes the place of the directories that have nothing of fish. */
  redirect({ HOME = "/", ...variables }: Environment): Environment {
    const wanted = Object.entries(USUAL).map(([name, usual]) => {
      return { name, real: variables[name] || join(HOME, usual) };
    });
    const missing = wanted.filter(({ real }) => !existsSync(join(real, "fish")));
    return Object.fromEntries(missing.map(({ name, real }) => [name, this.#mirror(real)]));
  }

  /** A text with the real directories in it again. */
  restore(said: string): string {
    const places = [...this.#places];
    return places.reduce((text, [real, place]) => text.replaceAll(`${place}/`, `${real}/`), said);
  }

  /** With all that others keep there: `pale shellenv` has its shims below one of them. */
  #mirror(real: string): string {
    const known = this.#places.get(real);
    if (known !== undefined) return known;
    const place = join(this.#directory.path, `${this.#places.size}`);
    // Keeps fish from reading every manual page of the machine.
    mkdirSync(join(place, "fish/generated_completions"), { recursive: true });
    for (const name of readNames(real)) symlinkSync(join(real, name), join(place, name));
    this.#places.set(real, place);
    return place;
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}
