/**
 * SHA-256 as hexadecimal. By the runtime's own WebCrypto: loading node:crypto would cost
 * every launch two milliseconds.
 */
export async function hashText(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex");
}
