import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { describe, test } from "node:test";
import { checkConfiguration } from "../../src/commands/check.ts";
import { Folder } from "../helpers/folder.ts";
import { invocationIn } from "../helpers/invocation.ts";
import { rejectedUserErrors } from "../helpers/user-errors.ts";

const PROXIES = `proxies = [{ host = "api.example.com", inject = { bearer = true, secret = "key", env = "API_KEY" } }]\n`;

class SecretsWorld extends Folder {
  printed = "";

  constructor(configuration: string, secrets?: string, mode = 0o600) {
    super();
    mkdirSync(this.at("work/.git"), { recursive: true });
    this.write(".config/pale/config.toml", configuration);
    if (secrets !== undefined) this.write(".config/pale/secrets.toml", secrets, mode);
  }

  check(): Promise<void> {
    const invocation = invocationIn(this, (text) => (this.printed += text));
    return checkConfiguration(invocation, {});
  }

  async messages(): Promise<string[]> {
    const errors = await rejectedUserErrors(this.check());
    return errors.map(({ message }) => message.replaceAll(this.path, ""));
  }
}

describe("a check of secrets", () => {
  test("finds nothing wrong where each is written down and used", async () => {
    using world = new SecretsWorld(PROXIES, `[key]\nenv = "NOT_SET_NOW"\n`);
    await world.check();
    assert.match(world.printed, /: all right$/mu);
  });

  test("needs no file where no request has one", async () => {
    using world = new SecretsWorld("");
    await world.check();
    assert.match(world.printed, /: all right$/mu);
  });

  for (const [what, secrets, mode, message] of [
    ["that is not there", undefined, 0o600, /there is no file with secrets/u],
    ["that others can read", `[key]\nvalue = "v"\n`, 0o644, /could be read by others/u],
    [
      "without the one that is named",
      `[kex]\nvalue = "v"\n`,
      0o600,
      /^there is no secret `key` in/u,
    ],
    ["that is no TOML", `[key\n`, 0o600, /not valid TOML/u],
  ] as const) {
    test(`finds a file ${what}`, async () => {
      using world = new SecretsWorld(PROXIES, secrets, mode);
      const messages = await world.messages();
      assert.equal(messages.length, 1);
      assert.match(messages[0] ?? "", message);
    });
  }

  test("notes a secret that nothing uses, and a value that never counts", async () => {
    const configuration = `${PROXIES}env.set = { API_KEY = "sk" }\n`;
    using world = new SecretsWorld(configuration, `[key]\nvalue = "v"\n[old]\nvalue = "w"\n`);
    await world.check();
    assert.match(
      world.printed,
      /^warning: no request has the secret `old`\n {2}at .*secrets.toml:3$/mu,
    );
    assert.match(
      world.printed,
      /^warning: `API_KEY` never has this value inside\n {2}at .*config.toml:2$/mu,
    );
    assert.match(world.printed, /nothing that stops a launch$/mu);
  });
});
