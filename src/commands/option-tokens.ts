/** What the parser has to know of an option; `takesValue`: the next word is its value, if none is written with `=`. */
export type OptionShape = { name: string; short?: string; takesValue: boolean };

export type OptionToken = {
  name: string;
  /** As it was written: `-m` or `--mount`. */
  rawName: string;
  value?: string;
  /** Whether the value stands in the same word. */
  inlineValue?: boolean;
};

/**
 * The options in front of a command line, as `parseArgs` of node:util reads them, and the words
 * after them: from the first that is no option, or past a `--`. The module of that name costs
 * a launch more than a millisecond; a test compares the two.
 */
export function readOptionTokens(
  argv: readonly string[],
  shapes: readonly OptionShape[],
): { tokens: OptionToken[]; rest: string[] } {
  const tokens: OptionToken[] = [];
  const words = [...argv];
  for (let word = words[0]; word !== undefined; word = words[0]) {
    if (word === "--") return { tokens, rest: words.slice(1) };
    if (word === "-" || !word.startsWith("-")) break;
    words.shift();
    if (word.startsWith("--")) tokens.push(readLong(word, words, shapes));
    else tokens.push(...readShort(word, words, shapes));
  }
  return { tokens, rest: words };
}

function readLong(word: string, words: string[], shapes: readonly OptionShape[]): OptionToken {
  // `--=x` is an option without a name, not one with a value.
  const end = word.indexOf("=", 3);
  const name = end === -1 ? word.slice(2) : word.slice(2, end);
  if (end !== -1) return inline(name, `--${name}`, word.slice(end + 1));
  const shape = shapes.find((each) => each.name === name);
  return { name, rawName: word, ...takeValue(shape, words) };
}

/** Letters, each an option; what follows one that takes a value is its value. */
function readShort(word: string, words: string[], shapes: readonly OptionShape[]): OptionToken[] {
  const tokens: OptionToken[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    const shape = shapes.find(({ short }) => short === letter);
    const name = shape?.name ?? letter;
    const rawName = `-${letter}`;
    const rest = word.slice(at + 1);
    if (shape?.takesValue && rest !== "") return [...tokens, inline(name, rawName, rest)];
    tokens.push({ name, rawName, ...takeValue(shape, words) });
  }
  return tokens;
}

function inline(name: string, rawName: string, value: string): OptionToken {
  return { name, rawName, value, inlineValue: true };
}

function takeValue(
  shape: OptionShape | undefined,
  words: string[],
): Pick<OptionToken, "value" | "inlineValue"> {
  const value = shape?.takesValue ? words.shift() : undefined;
  return value === undefined ? {} : { value, inlineValue: false };
}
