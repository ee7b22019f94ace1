import type { Secret } from "../secrets/secret.ts";

/** Something secret that is put into requests, and what stands for it inside. */
export type Credential = {
  /** For messages and the log. */
  name: string;
  /** What programs inside have in its place, of the same length. */
  placeholder: string;
  /** The value as it is now: that of a login may have to be fetched first. Rejects where it cannot be had. */
  read: () => Promise<Secret>;
  /** What no answer may hold: the values that are known now, each with what stands for it inside. */
  values: () => readonly { secret: Secret; placeholder: string }[];
};

/** Why a credential cannot be had, and what the user does about it. */
export class CredentialError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Where in a request the credential stands. */
export type LiveInjection = { credential: Credential } & (
  | { kind: "bearer" }
  | { kind: "basic"; user: string }
  | { kind: "header"; name: string }
  | { kind: "query"; name: string }
);
