/**
 * How a policy names a unix socket of the host: `HOST[:INSIDE][?]`.
 *
 * HOST is a path (absolute, `~/...`, or `$NAME/...` below the directory that a variable holds) or
 * `$NAME` of a variable that says where the socket is. INSIDE is a path in the same forms; by
 * default the same place. With `?` at the end the socket may be missing.
 */
export type SocketWords = { host: string; inside: string | undefined; optional: boolean };

const PLACE = /^(?:\$[A-Za-z_]\w*|~)?\/[^\u0000-\u001F\u007F]*$/u;

const VARIABLE = /^\$[A-Za-z_]\w*$/u;

/** @returns `undefined` when the text does not have that form */
export function splitSocket(text: string): SocketWords | undefined {
  const optional = text.endsWith("?");
  const [host = "", inside, ...rest] = (optional ? text.slice(0, -1) : text).split(":");
  const isHost = PLACE.test(host) || VARIABLE.test(host);
  const isInside = inside === undefined || PLACE.test(inside);
  return isHost && isInside && rest.length === 0 ? { host, inside, optional } : undefined;
}
