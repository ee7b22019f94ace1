declare module "bun:ffi" {
  type Signature = { args: readonly ("i32" | "ptr")[]; returns: "i32" | "ptr" };
  /** Open a shared library by its soname and make the named functions callable. */
  export function dlopen<const S extends Record<string, Signature>>(
    library: string,
    symbols: S,
  ): { symbols: { [K in keyof S]: (...args: number[]) => number } };
  /** The address of a buffer, which must be kept alive as long as it is used. */
  export function ptr(buffer: Uint8Array | BigUint64Array): number;
  /** Read from an address that a function has returned. */
  export const read: { i32(pointer: number): number };
}
