declare module "write-file-atomic" {
  /** Write beside the file, flush, then rename over it. */
  export function sync(path: string, data: string | Uint8Array, options?: { mode?: number }): void;
}
