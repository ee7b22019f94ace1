import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LoginError, LoginKeeper } from "../../src/logins/keeper.ts";
import { readTokens } from "../../src/logins/tokens.ts";

const START = 1_000_000;
const HOUR = 3_600_000;

type Answer = { status: number; text: string } | Error;

/** A file and a token endpoint in memory. */
class World {
  now = START;
  text: string;
  answers: Answer[] = [];
  readonly asked: Record<string, unknown>[] = [];
  isFull = false;
  /** What another program does while the endpoint is being asked. */
  meanwhile = (): void => {};

  constructor(access: string, refresh: string, minutes: number) {
    this.text = renderFile(access, refresh, START + minutes * 60_000);
  }

  keeper(): LoginKeeper {
    return new LoginKeeper("claude", {
      load: () => Promise.resolve(this.text),
      save: (change) => {
        if (this.isFull) return Promise.reject(new Error("no space"));
        this.text = change(this.text) ?? this.text;
        return Promise.resolve();
      },
      lock: (work) => work(),
      post: (body) => {
        this.asked.push(JSON.parse(body));
        this.meanwhile();
        const answer = this.answers.shift() ?? new Error("nobody was to ask");
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      now: () => this.now,
    });
  }
}

function renderFile(accessToken: string, refreshToken: string, expiresAt: number): string {
  const scopes = ["user:inference", "user:profile"];
  return JSON.stringify({
    claudeAiOauth: { accessToken, refreshToken, expiresAt, scopes, subscriptionType: "max" },
    mcpOAuth: { other: true },
  });
}

function renew(access: string, refresh?: string): Answer {
  const text = JSON.stringify({ access_token: access, refresh_token: refresh, expires_in: 3600 });
  return { status: 200, text };
}

const ENDED: Answer = { status: 400, text: '{"error":"invalid_grant"}' };

describe("a log-in in its own file", () => {
  test("is used as it is while it has time", async () => {
    const world = new World("a1", "r1", 6);
    const { access } = await world.keeper().read();
    assert.equal(access, "a1");
    assert.deepEqual(world.asked, []);
  });

  test("is renewed within five minutes of its end, once for all who ask, and written back", async () => {
    const world = new World("a1", "r1", 4);
    world.answers = [renew("a2", "r2")];
    const keeper = world.keeper();
    const both = await Promise.all([keeper.read(), keeper.read()]);
    assert.deepEqual(
      both.map(({ access }) => access),
      ["a2", "a2"],
    );
    assert.deepEqual(world.asked, [
      {
        grant_type: "refresh_token",
        refresh_token: "r1",
        client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
        scope: "user:inference user:profile",
      },
    ]);
    const written = JSON.parse(world.text);
    assert.deepEqual(readTokens("claude", world.text), {
      access: "a2",
      refresh: "r2",
      ends: START + HOUR,
    });
    assert.deepEqual(written.mcpOAuth, { other: true });
    assert.equal(written.claudeAiOauth.subscriptionType, "max");
    assert.deepEqual(
      keeper
        .seen()
        .map(([value]) => value)
        .sort(),
      ["a1", "a2", "r1", "r2"],
    );
  });

  test("is taken from the file again when another program has renewed it", async () => {
    const world = new World("a1", "r1", 60);
    const keeper = world.keeper();
    await keeper.read();
    world.text = renderFile("a9", "r9", START + 2 * HOUR);
    assert.equal((await keeper.read()).access, "a9");
    assert.deepEqual(world.asked, []);
  });

  test("is another program's, where that was faster while the endpoint was asked", async () => {
    const world = new World("a1", "r1", -1);
    world.answers = [ENDED];
    world.meanwhile = () => (world.text = renderFile("a9", "r9", START + HOUR));
    assert.equal((await world.keeper().read()).access, "a9");
  });

  test("is kept where it could not be written, and written later", async () => {
    const world = new World("a1", "r1", 1);
    world.answers = [renew("a2", "r2")];
    world.isFull = true;
    const keeper = world.keeper();
    assert.equal((await keeper.read()).access, "a2");
    assert.equal(readTokens("claude", world.text)?.refresh, "r1");
    world.isFull = false;
    assert.equal((await keeper.read()).access, "a2");
    assert.equal(readTokens("claude", world.text)?.refresh, "r2");
    assert.equal(world.asked.length, 1);
  });

  test("has ended when its refresh token is refused, which is not tried again", async () => {
    const world = new World("a1", "r1", -1);
    world.answers = [ENDED, renew("a2", "r2")];
    const keeper = world.keeper();
    const isEnded = (error: unknown) => error instanceof LoginError && error.kind === "ended";
    await assert.rejects(keeper.read(), isEnded);
    await assert.rejects(keeper.read(), isEnded);
    assert.equal(world.asked.length, 1);
    world.text = renderFile("a3", "r3", START + HOUR);
    assert.equal((await keeper.read()).access, "a3");
  });

  test("is used to its end while the endpoint cannot be reached, and no longer", async () => {
    const world = new World("a1", "r1", 2);
    world.answers = [new Error("no network"), { status: 500, text: "" }];
    const keeper = world.keeper();
    assert.equal((await keeper.read()).access, "a1");
    world.now += 3 * 60_000;
    await assert.rejects(
      keeper.read(),
      (error) => error instanceof LoginError && error.kind === "failed",
    );
  });

  test("is renewed before its end for who says that it is refused, once a minute", async () => {
    const world = new World("a1", "r1", 60);
    world.answers = [renew("a2", "r2"), renew("a3")];
    const keeper = world.keeper();
    assert.equal((await keeper.renew()).access, "a2");
    assert.equal((await keeper.renew()).access, "a2");
    world.now += 61_000;
    assert.equal((await keeper.renew()).access, "a3");
    assert.equal(readTokens("claude", world.text)?.refresh, "r2");
  });
});
