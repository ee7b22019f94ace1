/** JSON with `//` and block comments and commas before a closing bracket, made plain JSON of the same length. */
export function plainJson(text: string): string {
  const tokens = /"(?:[^"\\]|\\[\s\S])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//gu;
  const bare = text.replace(tokens, (token) => (token.startsWith('"') ? token : blank(token)));
  const commas = /"(?:[^"\\]|\\[\s\S])*"|,(?=\s*[\]}])/gu;
  return bare.replace(commas, (token) => (token === "," ? " " : token));
}

function blank(token: string): string {
  return token.replaceAll(/[^\n]/gu, " ");
}
