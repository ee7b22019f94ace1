/** Bytes that must not be seen, and those of the same number that are in their place. */
export type Replacement = { from: Buffer; to: Buffer };

/**
 * Takes secrets out of a stream: every occurrence is replaced, also one that is cut in two. What
 * may be the beginning of one is held back until the next bytes, and nothing else is.
 */
export class Scrubber {
  readonly #replacements: readonly Replacement[];
  #held: Buffer = Buffer.alloc(0);

  constructor(replacements: readonly Replacement[]) {
    // Of two that begin in the same way, the longer one is looked for first.
    this.#replacements = replacements
      .filter(({ from }) => from.length > 0)
      .toSorted((a, b) => b.from.length - a.from.length);
  }

  /** @returns what can go on; never more bytes than have come */
  feed(chunk: Uint8Array): Buffer {
    const bytes = this.#replace(Buffer.concat([this.#held, chunk]));
    const kept = this.#findOpenEnd(bytes);
    this.#held = bytes.subarray(bytes.length - kept);
    return bytes.subarray(0, bytes.length - kept);
  }

  /** What was held back, at the end of the stream. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  #replace(bytes: Buffer): Buffer {
    for (const { from, to } of this.#replacements) {
      for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + from.length)) {
        to.copy(bytes, at);
      }
    }
    return bytes;
  }

  /** How many of the last bytes may be the beginning of something to be replaced. */
  #findOpenEnd(bytes: Buffer): number {
    const lengths = this.#replacements.map(({ from }) => {
      for (let length = Math.min(from.length - 1, bytes.length); length > 0; length -= 1) {
        const end = bytes.subarray(bytes.length - length);
        if (end.equals(from.subarray(0, length))) return length;
      }
      return 0;
    });
    return Math.max(0, ...lengths);
  }
}

/**
 * The forms in which a server may say a value back: as it is, in JSON (with `/` or `\\/`), in a URL,
 * and in Base64 after the name of a user. Those of the placeholder have the same length where the placeholder
 * has the same kind of character at every place.
 */
export function listReplacements(
  value: string,
  placeholder: string,
  users: readonly string[] = [],
): Replacement[] {
  const forms = [
    String,
    encodeURIComponent,
    (text: string) => encodeURIComponent(text).replaceAll(/%../gu, (code) => code.toLowerCase()),
    (text: string) => JSON.stringify(text).slice(1, -1),
    (text: string) =>
      JSON.stringify(text)
        .slice(1, -1)
        .replaceAll("/", String.raw`\/`),
    ...users.map((user) => (text: string) => encodeUser(user, text)),
  ];
  const pairs = forms.map((form) => [form(value), form(placeholder)] as const);
  return [...new Map(pairs)].map(([from, to]) => {
    const bytes = Buffer.from(from);
    return { from: bytes, to: fit(Buffer.from(to), bytes.length) };
  });
}

export function encodeUser(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString("base64");
}

function fit(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(length, "*")], length);
}
