import * as fc from "fast-check";

/** Pieces of escape sequences, whole and broken, as latin1. */
const PIECES = [
  ..."\u001B \u001B] \u001B[ \u001BP \u001B_ \u001B\\ \u0007 \u0018 \u001A \u007F \u0000 \n".split(
    " ",
  ),
  ..."\u0090 \u0098 \u009B \u009C \u009D \u009F \u0085 \u00C2 \u00C2\u009D \u00C2\u009B \u00C2\u0090 \u00C2\u009C".split(
    " ",
  ),
  ..."\u00E2 \u00E2\u009D \u00E2\u009D\u00AF \u00E0\u0082\u009D \u00F0\u009F\u0098\u0080 \u00FF \u00ED\u00A0\u0080".split(
    " ",
  ),
  ..."0 1 2 5 52 052 4294967348 52;c;Zm9v 9 9; 6; 7; 8; 20; 701; 1337; 5380; 5522; 21 21t 20;1t 8;21;80t >1t t m y *y i 5i $t".split(
    " ",
  ),
  ..."; : ? > * $ + = % / ( # G } @ Q k X ^ a z ~ - tmux; $q +q q $qm +q4d73 1$r @kitty-cmd{ 1s".split(
    " ",
  ),
  ..."File= File=inline=1: File=name=YQ==;inline=1;size=1: File=inline=0: inline=1 inline=2; Copy=: SetMark CurrentDir=/ MultipartFile=inline=1".split(
    " ",
  ),
  "\u001B]52;c;",
  "\u001B]0;title",
  "\u001B[21t",
  "\u001BPtmux;\u001B\u001B]52;c;x\u0007\u001B\\",
  "\u001BPq#0~-\u001B\\",
  "x".repeat(1012),
  "1;".repeat(511),
];

const sequences: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
    ),
    {
      maxLength: 24,
    },
  )
  .map((pieces) => Buffer.from(pieces.join(""), "latin1"));

/** What every terminal that knows it would act on. */
const HARMFUL = [
  "\u001B]52;c;Zm9v\u0007",
  "\u001B]20;/f\u001B\\",
  "\u001B]9;6;m\u0007",
  "\u001B]1337;Copy=:x\u0007",
  "\u001B]1337;File=inline=0:x\u0007",
  "\u001BPtmux;x\u001B\\",
  "\u001BP$qecho\u001B\\",
  "\u001BP1;0;1!z41\u001B\\",
  "\u001B[21t",
  "\u001B[1;1*y",
  "\u001B[?5i",
  "\u001B%@",
  "\u001B}",
];

/** What some terminals skip, and others see as a character, or as an end. */
const NOISE =
  "\u0000 \u0007 \u0018 \u001B \u001B\\ \u007F \u0085 \u009B \u009C \u009D \u00C2\u009C \u00C2\u0085 \u00C3\u00A9 \u00E2 \u00FF 0 ;".split(
    " ",
  );

/** A harmful sequence with noise at up to three places in it. */
const disturbed: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(...HARMFUL),
    fc.array(fc.tuple(fc.nat(24), fc.constantFrom(...NOISE)), { maxLength: 3 }),
  )
  .map(([harmful, noises]) => Buffer.from(noises.reduce(insert, harmful), "latin1"));

function insert(text: string, [place, noise]: [number, string]): string {
  const at = place % (text.length + 1);
  return text.slice(0, at) + noise + text.slice(at);
}

export const streams: fc.Arbitrary<Buffer> = fc
  .array(fc.oneof(sequences, disturbed), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts));
