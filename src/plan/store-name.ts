/**
 * A name for a directory of pale's that is about something else.
 *
 * @param label what a reader should see first
 * @param key what tells it from others with the same label
 */
export function nameStore(label: string, key: string): string {
  const name = label.replaceAll(/[^A-Za-z0-9._-]/gu, "_").slice(0, 60);
  return `${name || "root"}-${hash(key)}`;
}

/** FNV-1a of 64 bits: to tell names apart, not to resist anybody; the note has the paths in full. */
function hash(text: string): string {
  let value = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100_0000_01b3n);
  }
  return value.toString(16).padStart(16, "0");
}
