import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { readOptionTokens } from "../../src/commands/option-tokens.ts";
import type { OptionShape } from "../../src/commands/option-tokens.ts";

const SHAPES: OptionShape[] = [
  { name: "mount", short: "m", takesValue: true },
  { name: "env", short: "e", takesValue: true },
  { name: "verbose", short: "v", takesValue: false },
  { name: "quiet", short: "q", takesValue: false },
  { name: "dry-run", takesValue: false },
];

/** What node:util says to the same words. */
function readByNode(argv: string[]) {
  const declare = ({ takesValue, short }: OptionShape) => ({
    type: takesValue ? ("string" as const) : ("boolean" as const),
    ...(short !== undefined && { short }),
  });
  const options = Object.fromEntries(SHAPES.map((shape) => [shape.name, declare(shape)]));
  const { tokens } = parseArgs({
    args: argv,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const end = tokens.findIndex(({ kind }) => kind !== "option");
  const last = tokens[end];
  const skipped = last?.kind === "option-terminator" ? 1 : 0;
  return {
    tokens: tokens
      .slice(0, end === -1 ? undefined : end)
      .flatMap((token) => (token.kind === "option" ? [strip(token)] : [])),
    rest: last === undefined ? [] : argv.slice(last.index + skipped),
  };
}

function strip(token: {
  name: string;
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}) {
  const { name, rawName, value, inlineValue } = token;
  return value === undefined ? { name, rawName } : { name, rawName, value, inlineValue };
}

const words = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...["--mount", "--mount=x", "--mount=", "-m", "-mx", "-m=x", "-vm", "-vmx", "-vq", "-vx"],
      ...["-x", "-xm", "--env", "-e", "-", "--", "---", "--=x", "-=", "--verbose=1", "--unknown"],
      ...["--unknown=a=b", "", "run", "--dry-run", "--dry-run=json", "-v-", "-5", "--no-verbose"],
    ),
    fc.string({ maxLength: 4 }).map((text) => `-${text}`),
    fc.string({ maxLength: 6 }),
  ),
  { maxLength: 8 },
);

describe("options in front of a command", () => {
  test("are read as node:util reads them", () => {
    let many = 0;
    fc.assert(
      fc.property(words, (argv) => {
        const read = readOptionTokens(argv, SHAPES);
        if (read.tokens.length > 2) many += 1;
        assert.deepEqual(read, readByNode(argv));
      }),
      { numRuns: 5000 },
    );
    assert.ok(many > 200, `only ${many} had more than two options`);
  });
});
