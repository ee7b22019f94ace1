import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { FILES, listKeys, listOtherFlags, renderPage } from "../../scripts/generate-docs.ts";
import { RUN_OPTIONS } from "../../src/commands/run-options.ts";
import { parseRunArguments } from "../../src/commands/run-options.ts";
import { readRunRequest } from "../../src/commands/run-request.ts";
import { renderJsonSchema } from "../../src/config/json-schema.ts";
import { EMPTY_LAYER } from "../../src/policy.ts";

const RENEW = "run `npx bun scripts/generate-docs.ts`";

describe("what comes from the schema is what is in the repository", () => {
  test("docs/pale.schema.json", () => {
    assert.equal(readFileSync(FILES.schema, "utf8"), renderJsonSchema(), RENEW);
  });

  test("docs/configuration.md", () => {
    const page = readFileSync(FILES.page, "utf8");
    assert.equal(page, renderPage(page), RENEW);
    const changed = page.replace("| `uses` ", "| `used` ");
    assert.notEqual(changed, page);
    assert.equal(renderPage(changed), page);
  });
});

describe("every key has a flag and every flag a key", () => {
  const WITHOUT_FLAG = ["proxies", "warning", "command", "profile.NAME", 'project."PATH"'];

  test("but for keys that no launch could say", () => {
    const bare = listKeys().filter(({ node }) => !node["x-flags"]?.length);
    assert.deepEqual(
      bare.map(({ name }) => name),
      WITHOUT_FLAG,
    );
  });

  test("but for flags that are about the launch itself", () => {
    assert.deepEqual(listOtherFlags().toSorted(), [
      "config",
      "dry-run",
      "help",
      "learn",
      "no-config",
      "no-project-file",
      "profile",
      "project",
      "shim",
    ]);
  });

  test("and each of the flags is one, and sets something", () => {
    const place = { workingDirectory: "/work", home: "/home/ada" };
    for (const name of new Set(listKeys().flatMap(({ node }) => node["x-flags"] ?? []))) {
      const option = RUN_OPTIONS.find((known) => known.name === name);
      assert.ok(option, name);
      const word = option.value === undefined ? `--${name}` : `--${name}=${VALUES[name] ?? "x"}`;
      const { layer } = readRunRequest(parseRunArguments([word]), place);
      assert.notDeepEqual(layer, EMPTY_LAYER, name);
    }
  });

  test("and every key says what it is for, in a sentence", () => {
    for (const { name, node } of listKeys()) assert.match(node.description ?? "", /^.+\.$/u, name);
  });
});

/** Where a word will not do. */
const VALUES: Readonly<Record<string, string>> = {
  "env-file": "A=/x",
  "env-command": "A=x",
  login: "claude",
  "ssh-confirm": "ask",
  network: "none",
  registry: "npm",
  forward: "1",
  publish: "1",
  limit: "memory=1",
  mode: "blacklist",
  notify: "bell",
  clipboard: "images",
};
