import { SHA256 } from "bun";

/**
 * SHA-256 as hexadecimal. By the runtime itself: loading node:crypto would cost every launch
 * two milliseconds, and WebCrypto, which starts a thread, nearly one.
 */
export function hashText(text: string): string {
  return hashBytes(new TextEncoder().encode(text));
}

/** The same, of bytes that may be no text. */
export function hashBytes(bytes: Uint8Array): string {
  return SHA256.hash(bytes, "hex");
}
