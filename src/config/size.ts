const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of `512M`; a number is itself. NaN when it is neither. */
export function readSize(size: number | string): number {
  const [, digits, unit = ""] = /^([1-9]\d{0,15})([KMGT])?$/u.exec(String(size)) ?? [];
  return Number(digits) * (UNITS[unit] ?? 1);
}
