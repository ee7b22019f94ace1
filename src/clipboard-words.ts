/**
 * How a program inside asks the supervisor for the clipboard. The request is one line, `types` or
 * `read TYPE`; the answer `ok` or `no REASON`, a line feed, and then the content to the end: of
 * `types`, one a line.
 */

export const IMAGE_TYPES: readonly string[] = [
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/bmp",
];

/** The best first. */
export const TEXT_TYPES: readonly string[] = [
  "text/plain;charset=utf-8",
  "UTF8_STRING",
  "text/plain",
  "STRING",
  "TEXT",
];

export const MOST_REQUEST_BYTES = 128;

/** An answer's first line, with its end. */
export const MOST_HEAD_BYTES = 512;
