import type { Login } from "../policy.ts";
import { askForTokens, readTokenAnswer } from "./endpoint.ts";
import {
  readTokens,
  type Renewal,
  TOKEN_NAMES,
  type TokenName,
  type Tokens,
  writeRenewal,
} from "./tokens.ts";

/** The world outside, as far as a log-in needs it. */
export type LoginWorld = {
  /** The text of the agent's file; rejects when it is not there. */
  load: () => Promise<string>;
  /**
   * Changes the file in one step, with the mode that it has; `undefined` leaves it. Rejects when
   * it cannot be written.
   */
  save: (change: (text: string) => string | undefined) => Promise<void>;
  /** Does it while no other program renews the same tokens. */
  lock: <T>(work: () => Promise<T>) => Promise<T>;
  /** Asks the token endpoint; rejects when it cannot be reached. */
  post: (body: string) => Promise<{ status: number; text: string }>;
  /** Milliseconds. */
  now: () => number;
};

/** A log-in that cannot be used any more, or not now. */
export class LoginError extends Error {
  readonly kind: "ended" | "failed";

  constructor(kind: "ended" | "failed", message: string) {
    super(message);
    this.kind = kind;
  }
}

const ENDED = new LoginError("ended", "its log-in has ended");

/** A token that ends within this time is renewed before it is used. */
const EARLY = 5 * 60_000;

/** Something inside may ask for new tokens as often as it likes. */
const SELDOM = 60_000;

/**
 * The tokens of a log-in as they are in the agent's own file, which the agent outside may renew at
 * any time. Renews them itself when they are about to end.
 */
export class LoginKeeper {
  readonly #login: Login;
  readonly #world: LoginWorld;
  /** Every token seen so far, by what it is. */
  readonly #seen = new Map<string, TokenName>();
  #renewing: Promise<Tokens> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  /** Refused by the endpoint: not to be asked about again. */
  #dead: string | undefined;
  /** What could not be written yet. */
  #unsaved: { before: string | undefined; renewal: Renewal & { now: number } } | undefined;

  constructor(login: Login, world: LoginWorld) {
    this.#login = login;
    this.#world = world;
  }

  /**
   * Tokens that can be used now.
   *
   * @throws LoginError when there are none
   */
  async read(): Promise<Tokens> {
    const { tokens } = await this.#load();
    return this.#isEnding(tokens) ? this.#renewOnce(undefined) : tokens;
  }

  /** The same for who says that those are no good, at most once a minute. */
  async renew(): Promise<Tokens> {
    const { tokens } = await this.#load();
    const isRecent = this.#world.now() - this.#renewedAt < SELDOM;
    return isRecent || !tokens.refresh ? this.read() : this.#renewOnce(tokens.access);
  }

  /** Every token that was ever known, with what it is. */
  seen(): readonly (readonly [value: string, name: TokenName])[] {
    return [...this.#seen];
  }

  /** @param refused an access token that is not to be used, though it has not ended */
  #renewOnce(refused: string | undefined): Promise<Tokens> {
    this.#renewing ??= this.#world
      .lock(() => this.#renew(refused))
      .finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renew(refused: string | undefined): Promise<Tokens> {
    const { text, tokens } = await this.#load();
    // Somebody else was faster.
    if (!this.#isEnding(tokens) && tokens.access !== refused) return tokens;
    const { refresh } = tokens;
    const usable = { ...tokens, refused };
    if (refresh === undefined || refresh === this.#dead) return this.#makeDo(usable, ENDED);
    const answer = await this.#ask(refresh, text);
    if (answer.kind === "renewed") return this.#keep(refresh, answer.renewal);
    if (answer.kind === "failed") return this.#makeDo(usable, new LoginError("failed", answer.why));
    const now = await this.#load();
    if (now.tokens.refresh !== refresh) return now.tokens;
    this.#dead = refresh;
    return this.#makeDo(usable, ENDED);
  }

  async #ask(refresh: string, text: string) {
    try {
      const { status, text: answer } = await this.#world.post(
        askForTokens(this.#login, refresh, text),
      );
      return readTokenAnswer(status, answer);
    } catch {
      return { kind: "failed", why: "the token endpoint cannot be reached" } as const;
    }
  }

  /** The old refresh token may be worth nothing from here on: what is new must not get lost. */
  async #keep(before: string, renewal: Renewal): Promise<Tokens> {
    const now = this.#world.now();
    this.#renewedAt = now;
    this.#unsaved = { before, renewal: { ...renewal, now } };
    return (await this.#load()).tokens;
  }

  /** What is there, as long as it has not ended. */
  #makeDo(
    { refused, ...tokens }: Tokens & { refused: string | undefined },
    error: LoginError,
  ): Tokens {
    const { access, ends = Number.POSITIVE_INFINITY } = tokens;
    if (access !== undefined && access !== refused && ends > this.#world.now()) return tokens;
    throw error;
  }

  async #load(): Promise<{ text: string; tokens: Tokens }> {
    const text = await this.#saveRenewal(await this.#read());
    const tokens = readTokens(this.#login, text);
    if (!tokens) throw new LoginError("ended", "there is no log-in");
    for (const name of TOKEN_NAMES) {
      const token = tokens[name];
      if (token !== undefined) this.#seen.set(token, name);
    }
    return { text, tokens };
  }

  async #read(): Promise<string> {
    try {
      return await this.#world.load();
    } catch {
      throw new LoginError("ended", "there is no log-in");
    }
  }

  /** @returns the text with what is new, whether it could be written or not */
  async #saveRenewal(text: string): Promise<string> {
    if (!this.#unsaved) return text;
    const { before, renewal } = this.#unsaved;
    const change = (found: string): string | undefined => {
      if (readTokens(this.#login, found)?.refresh !== before) return undefined;
      return writeRenewal(this.#login, found, renewal);
    };
    try {
      await this.#world.save(change);
      this.#unsaved = undefined;
      return await this.#read();
    } catch {
      // Once more at the next request.
      return change(text) ?? text;
    }
  }

  #isEnding({ access, ends = Number.POSITIVE_INFINITY }: Tokens): boolean {
    return access !== undefined && ends - this.#world.now() < EARLY;
  }
}
