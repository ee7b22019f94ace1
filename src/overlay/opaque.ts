import { dlopen, ptr } from "bun:ffi";

const ATTRIBUTE = "user.overlay.opaque";
const YES = "y".charCodeAt(0);

type Library = ReturnType<typeof openLibrary>;

let libc: Library | undefined;

/** Does a directory of an overlay hide what is below it? node: does not read such attributes. */
export function isOpaque(directory: string): boolean {
  libc ??= openLibrary();
  const value = Buffer.alloc(2);
  const path = Buffer.from(`${directory}\0`);
  const name = Buffer.from(`${ATTRIBUTE}\0`);
  const length = libc.symbols.lgetxattr(ptr(path), ptr(name), ptr(value), value.length);
  return length === 1 && value[0] === YES;
}

function openLibrary() {
  return dlopen("libc.so.6", {
    lgetxattr: { args: ["ptr", "ptr", "ptr", "i32"], returns: "i32" },
  });
}
