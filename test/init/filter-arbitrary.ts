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
  "x".repeat(500),
  "1;".repeat(255),
];

export const sequences: fc.Arbitrary<Buffer> = fc
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
