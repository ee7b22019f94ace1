import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Compile src/init/init.c for both architectures into src/init/image-*.ts, so that no
 * compiler is needed where pale is installed. test/init/image.test.ts compiles again and
 * fails when an image is not what the source says.
 *
 * Needs gcc and gcc-aarch64-linux-gnu; run as `npx bun scripts/generate-init.ts`.
 */
const INIT = join(import.meta.dirname, "../src/init");

export const COMPILERS = {
  x86_64: "x86_64-linux-gnu-gcc",
  aarch64: "aarch64-linux-gnu-gcc",
} as const;

export type Architecture = keyof typeof COMPILERS;

/** No libc, no relocation, no executable stack, nothing that differs from build to build. */
const OPTIONS =
  `-Os -Wall -Wextra -Werror -std=gnu11 -ffreestanding -fno-builtin -fno-stack-protector
  -fno-asynchronous-unwind-tables -fno-pie -no-pie -nostdlib -static -s
  -Wl,--build-id=none,-z,noexecstack,-z,noseparate-code,-z,max-page-size=4096`.split(/\s+/u);

/** The same compiler makes the same bytes; another may not. */
export function readCompiler(architecture: Architecture): string {
  const output = execFileSync(COMPILERS[architecture], ["--version"], { encoding: "utf8" });
  return output.split("\n")[0] ?? "";
}

export function compileInit(architecture: Architecture): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), "pale-init-"));
  try {
    const image = join(directory, "init");
    const inits = architecture === "aarch64" ? ["-mno-outline-atomics"] : [];
    execFileSync(COMPILERS[architecture], [...OPTIONS, ...inits, "init.c", "-o", image], {
      cwd: INIT,
      stdio: ["ignore", "inherit", "inherit"],
    });
    return readFileSync(image);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function renderImage(architecture: Architecture): string {
  const text = Buffer.from(compileInit(architecture)).toString("base64");
  const lines = text.match(/.{1,92}/gu) ?? [];
  return [
    "// Generated from init.c by scripts/generate-init.ts; do not edit.",
    "/* oxlint-disable max-lines -- one text */",
    `export const compiler = ${JSON.stringify(readCompiler(architecture))};`,
    "",
    "export const image =",
    `${lines.map((line) => `  "${line}"`).join(" +\n")};`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const architecture of ["x86_64", "aarch64"] as const) {
    writeFileSync(join(INIT, `image-${architecture}.ts`), renderImage(architecture));
  }
}
