/** The claims of a JSON Web Token; `undefined` for what is none. Nobody checks its signature here. */
export function readClaims(token: string): Record<string, unknown> | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return isObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** A token with the same header, these claims and a signature that is none. */
export function forge(token: string, claims: Record<string, unknown>, signature: string): string {
  const [header = ""] = token.split(".");
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${header}.${payload}.${signature}`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
