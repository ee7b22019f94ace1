/**
 * Something in the place of a secret that clients take for one: as long, with the beginning by
 * which its kind is known, and a letter or a digit wherever the secret has one. Of a JWT the two
 * readable parts are kept, for clients read them; without its signature it opens nothing.
 *
 * @param pick a random number from 0 up to, and without, the one given
 */
export function makePlaceholder(value: string, pick: (below: number) => number): string {
  const kept = keptLength(value);
  const head = value.slice(0, kept);
  return head + value.slice(kept).replaceAll(/[A-Za-z0-9]/gu, (each) => pickLike(each, pick));
}

/** What everybody knows of a token of this kind. */
const PREFIX =
  /^(?:sk-ant-[a-z]{3}\d\d-|sk-(?:proj|svcacct|or-v1)-|sk-|github_pat_|gh[opsur]_|gl[a-z]{2,5}-|npm_|pypi-|hf_|xox[a-z]-|AKIA|AIza|ya29\.)/u;

const JWT = /^(eyJ[\w-]+\.eyJ[\w-]+\.)[\w-]+$/u;

function keptLength(value: string): number {
  const readable = JWT.exec(value)?.[1] ?? PREFIX.exec(value)?.[0] ?? "";
  return readable.length;
}

const CLASSES = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"];

function pickLike(character: string, pick: (below: number) => number): string {
  const letters = CLASSES.find((each) => each.includes(character));
  return letters?.[pick(letters.length)] ?? character;
}

/** What is left to be guessed of a value whose placeholder is known: its letters and digits. */
export function countHidden(value: string): number {
  return value.slice(keptLength(value)).replaceAll(/[^A-Za-z0-9]/gu, "").length;
}
