declare module "bun" {
  /** How much later than usual (1) code is compiled; `--compile-jit-policy` sets what it starts with. */
  export const unsafe: { setJITPolicy(scale: number): void };
  /** The runtime's own, at once and without another thread. */
  export const SHA256: { hash(input: Uint8Array, encoding: "hex"): string };
}
