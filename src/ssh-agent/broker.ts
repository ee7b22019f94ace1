import type { SignatureEvent } from "../log/entry.ts";
import type { SshKey } from "../plan/facts.ts";
import type { Answer } from "./confirm.ts";
import { fingerprintKey } from "./fingerprint.ts";
import {
  type AgentRequest,
  FAILURE,
  isSignature,
  isSuccess,
  LIST,
  parseIdentities,
  parseRequest,
  renderIdentities,
  renderSign,
} from "./messages.ts";
import { type Purpose, readPurpose } from "./purpose.ts";
import { describePurpose } from "./show-purpose.ts";

export type BrokerOptions = {
  keys: readonly SshKey[];
  /** The user's own agent; `undefined` when it does not answer. */
  ask: (message: Uint8Array) => Promise<Buffer | undefined>;
  /** Absent: nobody is asked. */
  confirm: ((what: SignatureAsked) => Promise<Answer>) | undefined;
  onEvent: (event: SignatureEvent) => void;
};

export type SignatureAsked = { key: SshKey; purpose: string };

type SignRequest = Extract<AgentRequest, { kind: "sign" }>;

/** What a client has proved, by its server, to the user's agent. */
type Binding = { session: Buffer; hostKey: string };

/** Speaks with one client: lists the chosen keys, and has them sign what can be read. */
export class Broker {
  readonly #options: BrokerOptions;
  #bindings: Binding[] = [];

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  /** @returns the answer to one message; never throws for what is in it */
  async answer(message: Uint8Array): Promise<Uint8Array> {
    const request = parseRequest(message);
    switch (request.kind) {
      case "list":
        return this.#list();
      case "sign":
        return this.#sign(request);
      case "bind":
        return this.#bind(request, message);
      case "other":
        return FAILURE;
    }
  }

  /** Of the chosen keys those that the agent has now, under its own comments. */
  async #list(): Promise<Uint8Array> {
    const answer = await this.#options.ask(LIST);
    const identities = answer && parseIdentities(answer);
    if (!identities) return FAILURE;
    return renderIdentities(identities.filter(({ blob }) => this.#find(blob) !== undefined));
  }

  /** The agent looks whether the server has signed this; with one that cannot, it stays unknown. */
  async #bind(
    { hostKey, session }: Extract<AgentRequest, { kind: "bind" }>,
    message: Uint8Array,
  ): Promise<Uint8Array> {
    const answer = await this.#options.ask(message);
    if (!answer || !isSuccess(answer)) return FAILURE;
    const binding = { session: Buffer.from(session), hostKey: fingerprintKey(hostKey) };
    this.#bindings = [...this.#bindings, binding].slice(-MOST_BINDINGS);
    return answer;
  }

  async #sign(request: SignRequest): Promise<Uint8Array> {
    const key = this.#find(request.blob);
    const purpose = readPurpose(request.data, request.blob);
    const event = {
      key: fingerprintKey(request.blob),
      comment: key?.comment ?? "",
      purpose: purpose ? describePurpose(purpose, this.#findServer(purpose)) : "",
    };
    const refuse = (reason: string): Uint8Array => {
      this.#options.onEvent({ event: "signature-refused", ...event, reason });
      return FAILURE;
    };
    if (!key) return refuse("this key is not among `ssh_keys`");
    if (!purpose) return refuse("what is to be signed is neither a log-in nor a file's signature");
    const consent = await this.#options.confirm?.({ key, purpose: event.purpose });
    if (consent !== undefined && consent !== "yes") return refuse(WHY_NOT[consent]);
    const answer = await this.#options.ask(renderSign(request));
    if (!answer || !isSignature(answer)) return refuse("your ssh agent did not sign");
    this.#options.onEvent({ event: "signature", ...event });
    return answer;
  }

  #find(blob: Buffer): SshKey | undefined {
    const wanted = blob.toString("base64");
    return this.#options.keys.find((key) => key.blob === wanted);
  }

  /** Fingerprint of the server's key. */
  #findServer(purpose: Purpose): string | undefined {
    if (purpose.kind !== "login") return undefined;
    if (purpose.hostKey) return fingerprintKey(purpose.hostKey);
    return this.#bindings.find(({ session }) => session.equals(purpose.session))?.hostKey;
  }
}

/** OpenSSH's agent takes no more either. */
const MOST_BINDINGS = 16;

const WHY_NOT: Record<Exclude<Answer, "yes">, string> = {
  no: "you said no",
  silence: "nobody said yes",
  "refused-too-often": "you said no three times within a minute",
  "too-many-questions": "too many questions at once",
};
