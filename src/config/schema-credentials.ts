import * as z from "zod";
import { LOGINS, SSH_CONFIRMATIONS } from "../policy.ts";
import { parseHostRule } from "../proxy/host-rule.ts";
import { about } from "./schema-about.ts";
import { count, size, variableName } from "./schema-values.ts";

const NAME = "must be a host's name, without a pattern, a port or a dot at its end";

const hostName = z
  .string()
  .refine((text) => {
    const rule = parseHostRule(text);
    return !("problem" in rule) && rule.kind === "name" && rule.port === undefined;
  }, NAME)
  .transform((text) => text.toLowerCase());

const secretName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u, "must be letters, digits, `.`, `_` and `-`");

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/u;

const PLACES =
  "must say where, once: `bearer = true`, `basic = USER`, `header = NAME`, `query = NAME`";

const inject = z
  .strictObject({
    secret: secretName.describe("Name of a secret; see docs/credentials.md."),
    bearer: z.literal(true).optional().describe("As `Authorization: Bearer ...`."),
    basic: z
      .string()
      .regex(/^[^:\u0000-\u001F\u007F]*$/u, "must be a user's name, without `:`")
      .optional()
      .describe("As the password of this user, in `Authorization: Basic ...`."),
    header: z
      .string()
      .regex(TOKEN, "must be the name of a header")
      .optional()
      .describe("As this header."),
    query: z
      .string()
      .regex(/^[A-Za-z0-9._~-]+$/u, "must be the name of a query parameter")
      .optional()
      .describe("As this parameter of the query."),
    env: variableName
      .optional()
      .describe("Variable that programs inside have it in: a placeholder of the same shape."),
  })
  .refine(({ bearer, basic, header, query }) => {
    return [bearer, basic, header, query].filter((place) => place !== undefined).length === 1;
  }, PLACES);

const proxy = z
  .strictObject({
    host: hostName.describe("Name of the host; port 443. It is allowed by being named here."),
    inject: inject.optional().describe("A secret to be put into its requests, outside."),
    methods: z
      .array(z.string().regex(/^[A-Z]+$/u, "must be a method, such as `GET`"))
      .optional()
      .describe("What may be asked. Default: every method."),
    paths: z
      .array(
        z
          .string()
          .regex(/^\/[^\s?#\u0000-\u001F\u007F]*$/u, "must begin with `/`, without a query"),
      )
      .optional()
      .describe(
        "What may be asked for; `*` is any part of a segment, `**` any segments. Default: every path.",
      ),
    push: z
      .array(z.string().regex(/^[\w.-]+(?:\/[\w.-]+)+$/u, "must be a repository, as `OWNER/NAME`"))
      .optional()
      .describe(
        "Repositories that git may push to; none when it is empty. Default: not looked at.",
      ),
    requests_per_hour: count.optional().describe("Requests within an hour."),
    bytes_per_hour: size.optional().describe("Bytes within an hour, there and back."),
  })
  .meta({ id: "proxy" });

/** The settings that are about credentials; see docs/credentials.md. */
export const credentialSettings = {
  proxies: z
    .array(proxy)
    .optional()
    .meta(
      about(
        "Hosts whose requests pale looks into: credentials that are put in outside, methods, paths, budgets; see docs/credentials.md.",
      ),
    ),
  logins: z
    .array(z.enum(LOGINS))
    .optional()
    .meta(about("Agents whose log-in stays outside: what is inside is a placeholder.", "login")),
  ssh_keys: z
    .array(
      z
        .string()
        .min(1)
        .regex(/^[^\u0000-\u001F\u007F]*$/u, "must not hold control characters"),
    )
    .optional()
    .meta(
      about(
        "Keys of your ssh agent that may be used inside, by fingerprint, comment, or path of the public half.",
        "ssh-key",
      ),
    ),
  ssh_confirm: z
    .enum(SSH_CONFIRMATIONS)
    .optional()
    .meta(
      about(
        "`log`: each signature is in the log. `ask`: and is asked for on your screen first. Default: `log`.",
        "ssh-confirm",
      ),
    ),
};
