/**
 * Terminals as they differ in reading escape sequences, none of them stricter than a real one is
 * known to be. Gives the removed sequences that one of them would act on.
 */
export function findHarm(output: Uint8Array): string[] {
  const text = Buffer.from(output).toString("latin1");
  return TERMINALS.flatMap((terminal) => new Reader(terminal, text).read());
}

type Terminal = {
  /** How bytes become characters; latin1 where it does not know UTF-8. */
  decode: (text: string) => string;
  /** Knows controls of one character. */
  c1: boolean;
  /** A string that is cut off by CAN, SUB or ESC is acted on all the same: tmux. */
  actsOnCut: boolean;
  /** Ignores other characters than ASCII in a sequence: tmux. */
  skipsHigh: boolean;
};

const utf8 = (text: string) => Buffer.from(text, "latin1").toString("utf8");
const CHARACTER = /[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF]{2}|[\xF0-\xF4][\x80-\xBF]{3}/gu;
/** Invalid bytes are controls; what is valid and no control is some letter. */
const lenient = (text: string) =>
  text.replaceAll(CHARACTER, (found) => {
    const character = utf8(found);
    if (character.includes("\uFFFD")) return found;
    return character < "\u00A0" ? character : "\u00FF";
  });

const TERMINALS: Terminal[] = [utf8, lenient].flatMap((decode) =>
  [true, false].flatMap((actsOnCut) =>
    [true, false].map((skipsHigh) => ({ decode, actsOnCut, skipsHigh, c1: !skipsHigh })),
  ),
);

const HARM =
  /^(?:\](?:0*(?:3|2[01]|46|5[0125]|83|70[15]|5113|5522|5379|538[0-3])(?:;|$)|0*9;[67];|0*1337;(?:Copy|CopyToClipboard)[=:]|0*1337;File=inline=0)|P(?:tmux;|@|[0-9;]*[|pv{]|[0-9;]*!z|\$q....)|\[[<-?]?[0-9;]*(?:i|\*y)|\[0*2[01](?:;[0-9;]*)?t|%@|[G}])/u;

class Reader {
  readonly #terminal: Terminal;
  readonly #text: string;
  readonly #harm: string[] = [];

  constructor(terminal: Terminal, text: string) {
    this.#terminal = terminal;
    this.#text = terminal.decode(text);
  }

  read(): string[] {
    for (let at = 0; at < this.#text.length;) at = this.#next(at);
    return this.#harm;
  }

  #next(at: number): number {
    const sign = this.#text.charAt(at);
    const code = sign.codePointAt(0) ?? 0;
    if (sign === "\u001B") return this.#sequence(at + 1);
    if (!this.#terminal.c1 || code < 0x80 || code > 0x9f) return at + 1;
    return this.#body(at + 1, String.fromCodePoint(code - 0x40));
  }

  #isSkipped(sign: string): boolean {
    return (
      /^[\0-\x17\x19\x1C-\x1F\x7F]$/u.test(sign) || (this.#terminal.skipsHigh && sign > "\x7F")
    );
  }

  #sequence(start: number): number {
    let at = start;
    while (at < this.#text.length && this.#isSkipped(this.#text.charAt(at))) at += 1;
    const letter = this.#text.charAt(at);
    if (letter === "%") {
      this.#act(`%${this.#text.charAt(at + 1)}`);
      return at + 1;
    }
    return letter > " " && letter < "\x7F" ? this.#body(at + 1, letter) : at;
  }

  #body(start: number, letter: string): number {
    if (letter === "[") return this.#until(start, letter, /^[@-~]$/u);
    if (letter === "]") return this.#until(start, letter, /^[\x07\x9C]$/u);
    if (/[PX^_]/u.test(letter)) return this.#until(start, letter, /^\x9C$/u);
    this.#act(letter);
    return start;
  }

  #until(start: number, letter: string, end: RegExp): number {
    let body = letter;
    for (let at = start; at < this.#text.length; at += 1) {
      const sign = this.#text.charAt(at);
      const ends = end.test(sign) && (sign !== "\x9C" || this.#terminal.c1);
      if (ends) {
        this.#act(letter === "[" ? body + sign : body);
        return at + 1;
      }
      if (/^[\x18\x1A\x1B]$/u.test(sign)) {
        if (letter !== "[" && this.#actsAt(at)) this.#act(body);
        return at;
      }
      if (this.#terminal.c1 && /^[\x90\x98\x9B\x9D-\x9F]$/u.test(sign)) return at;
      if (!this.#isSkipped(sign)) body += sign;
    }
    return this.#text.length;
  }

  #actsAt(at: number): boolean {
    return this.#terminal.actsOnCut || this.#text.startsWith("\x1B\\", at);
  }

  #act(sequence: string): void {
    if (HARM.test(sequence)) this.#harm.push(sequence);
  }
}
