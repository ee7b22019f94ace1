import * as z from "zod";
import { parseHostRule } from "../proxy/host-rule.ts";
import { splitSocket } from "../socket-words.ts";

/** The single values that a configuration file is made of: what each must look like, and what is said otherwise. */

export const path = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^\u0000-\u001F\u007F]*$/u, "must not hold control characters")
  .regex(/^(?:~$|~\/|\/)/u, "must be absolute or begin with `~/`");

export const relativePath = z
  .string()
  .regex(
    /^(?!\/|.*(?:^|\/)\.\.(?:\/|$))[^\u0000-\u001F\u007F]+$/u,
    "must be below `host`, without `..`",
  );

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, "must be the name of an environment variable");

export const variablePattern = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/u, "must be a variable's name, which may end in `*`");

export const variableValue = z.string().regex(/^[^\u0000]*$/u, "must not hold a NUL byte");

export const profileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u, "must be letters, digits, `.`, `_` and `-`")
  .refine((name) => name !== "default", "must be another name: `default` stands for no profile");

export const hostRule = z.string().superRefine((text, context) => {
  const rule = parseHostRule(text);
  if ("problem" in rule) context.addIssue({ code: "custom", message: rule.problem });
});

const PORT = "must be a port: a number from 1 to 65535";
const port = z.int({ error: PORT }).min(1, PORT).max(65_535, PORT);

const SIZE = "must be a number of bytes, with `K`, `M`, `G` or `T` behind it or not";

/** `"512M"` or bytes; binary units. */
export const size = z.union([z.int().min(1), z.string().regex(/^[1-9]\d{0,15}[KMGT]?$/u)], {
  error: SIZE,
});

const COUNT = "must be a number from 1";
export const count = z.int({ error: COUNT }).min(1, COUNT);

export const socket = z
  .string()
  .refine(
    (text) => splitSocket(text) !== undefined,
    "must be absolute, begin with `~/`, or be `$NAME` of a variable",
  );

export const forward = z.strictObject({
  host_port: port.describe("Port of a server on the host's loopback."),
  sandbox_port: port.optional().describe("Port inside. Default: the same."),
});

export const publication = z.union(
  [
    port,
    z.strictObject({
      sandbox_port: port.describe("Port of a server inside."),
      host_port: port.optional().describe("Port on the host's loopback. Default: the same."),
    }),
  ],
  { error: "must be a port or `{ sandbox_port = ..., host_port = ... }`" },
);
