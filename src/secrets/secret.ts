import { inspect } from "node:util";

/**
 * A value that only the place that needs it gets to see: printed, joined or turned into JSON, it
 * is its name. In no log, plan, message or command line, whoever puts it there.
 */
export class Secret {
  readonly name: string;
  readonly #value: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  /** The value itself; for a request on its way out, or the supervisor. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
