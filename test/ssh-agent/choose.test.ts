import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseKeys, parsePublicKey } from "../../src/ssh-agent/choose.ts";
import { fingerprintKey } from "../../src/ssh-agent/fingerprint.ts";
import { blobOf } from "./ssh-data.ts";

const WORK = { blob: blobOf("work"), comment: "ada@work" };
const HOME = { blob: blobOf("home"), comment: "ada@home" };
const OLD = { blob: blobOf("old"), comment: "/home/ada/.ssh/id_rsa" };
const TWIN = { blob: blobOf("twin"), comment: "ada@home" };

function choose(names: string[], identities = [WORK, HOME, OLD], text = ""): string[] {
  const sourced = names.map((value) => ({ value, origin: "config.toml:1" }));
  return chooseKeys(sourced, identities, () => text).map(({ comment }) => comment);
}

describe("the keys that the policy names", () => {
  test("are found by comment, fingerprint and file, each once", () => {
    assert.deepEqual(choose(["ada@home"]), ["ada@home"]);
    assert.deepEqual(choose([fingerprintKey(WORK.blob), "ada@work"]), ["ada@work"]);
    const line = `ssh-ed25519 ${WORK.blob.toString("base64")} whatever\n`;
    assert.deepEqual(choose(["~/.ssh/id_ed25519.pub"], [WORK, HOME], line), ["ada@work"]);
    assert.deepEqual(choose(["/home/ada/.ssh/id_rsa"]), ["/home/ada/.ssh/id_rsa"]);
  });

  test("must be in the agent", () => {
    assert.throws(() => choose(["ada"]), {
      message: "your ssh agent has no key `ada`",
      origin: "config.toml:1",
      hint: "add it: ssh-add KEYFILE   (`ssh-add -l` lists those it has)",
    });
    const line = `ssh-ed25519 ${blobOf("new").toString("base64")}`;
    assert.throws(() => choose(["~/.ssh/new.pub"], [WORK], line), {
      hint: "add it: ssh-add ~/.ssh/new   (`ssh-add -l` lists those it has)",
    });
  });

  test("must be one each", () => {
    assert.throws(() => choose(["ada@home"], [HOME, TWIN]), {
      message: "more than one key of your ssh agent is called `ada@home`",
    });
  });

  test("are no private ones", () => {
    assert.throws(() => choose(["~/.ssh/id"], [WORK], "-----BEGIN OPENSSH PRIVATE KEY-----\n"), {
      message: "`~/.ssh/id` is not the public half of an ssh key",
    });
  });

  test("are read from the first line of a file", () => {
    const encoded = WORK.blob.toString("base64");
    assert.deepEqual(parsePublicKey(`ssh-ed25519 ${encoded}`), WORK.blob);
    assert.equal(parsePublicKey(`ssh-rsa ${encoded}`), undefined);
    assert.equal(parsePublicKey(""), undefined);
  });
});
