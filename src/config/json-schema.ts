import * as z from "zod";
import { configurationFile } from "./schema.ts";

/** A node of the JSON schema, as far as the reference page and the Nix options read it. */
export type SchemaNode = {
  $ref?: string;
  description?: string;
  /** Names of the options of `pale run` that say the same. */
  "x-flags"?: string[];
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  $defs?: Record<string, SchemaNode>;
};

/** What a configuration file may hold, as JSON schema (draft 2020-12), before defaults are filled in. */
export function makeJsonSchema(): SchemaNode {
  const { $schema, ...schema } = z.toJSONSchema(configurationFile, {
    io: "input",
    target: "draft-2020-12",
  });
  return { $schema, title: "pale configuration", ...schema } as SchemaNode;
}

/** The text of docs/pale.schema.json. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(makeJsonSchema(), undefined, 2)}\n`;
}
