import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMPILERS, compileInit, readCompiler } from "../../scripts/generate-init.ts";
import { assembleInit } from "../../src/init/assemble.ts";
import * as aarch64 from "../../src/init/image-aarch64.ts";
import * as x86_64 from "../../src/init/image-x86_64.ts";
import { requireTool, skip } from "../helpers/requires.ts";

const IMAGES = { x86_64, aarch64 } as const;

describe("the image in the repository", () => {
  for (const architecture of ["x86_64", "aarch64"] as const) {
    test(`is what init.c compiles to, for ${architecture}`, (t) => {
      if (!requireTool(t, COMPILERS[architecture])) return;
      const compiler = readCompiler(architecture);
      if (compiler !== IMAGES[architecture].compiler) {
        skip(t, `the image was made by ${IMAGES[architecture].compiler}, here is ${compiler}`);
        return;
      }
      const compiled = Buffer.from(compileInit(architecture));
      const committed = Buffer.from(assembleInit(architecture));
      const remedy = "run `npx bun scripts/generate-init.ts`";
      assert.ok(compiled.equals(committed), `init.c and its image differ: ${remedy}`);
    });

    test(`is static, small, and has no memory that is both writable and executable, ${architecture}`, () => {
      const image = Buffer.from(assembleInit(architecture));
      assert.ok(image.length < 40_960);
      const headers = readSegments(image);
      assert.deepEqual(
        headers.filter(({ type }) => type === INTERPRETER || type === DYNAMIC),
        [],
      );
      assert.ok(headers.some(({ type }) => type === STACK));
      for (const { flags } of headers) assert.notEqual(flags & (WRITE | EXECUTE), WRITE | EXECUTE);
    });
  }
});

const [DYNAMIC, INTERPRETER, STACK] = [2, 3, 0x6474e551];
const [EXECUTE, WRITE] = [1, 2];

/** Program headers of a little-endian ELF64 file. */
function readSegments(image: Buffer): { type: number; flags: number }[] {
  const offset = Number(image.readBigUInt64LE(32));
  const size = image.readUInt16LE(54);
  return Array.from({ length: image.readUInt16LE(56) }, (_, index) => {
    const start = offset + index * size;
    return { type: image.readUInt32LE(start), flags: image.readUInt32LE(start + 4) };
  });
}
