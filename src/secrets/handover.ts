import type { StandIns } from "../logins/stand-in.ts";
import type { Login } from "../policy.ts";

/**
 * What the launcher hands to the supervisor, as JSON in a file without a name that only this one
 * process gets: values, so never printed, logged or put where another process could read it.
 */
export type Handover = {
  /** By the names that injections use. */
  secrets: Readonly<Record<string, { value: string; placeholder: string }>>;
  logins: readonly LoginHandover[];
  /** What certifies hosts inside; PEM. */
  authority: { name: string; key: string; certificate: string };
  /** Whom to believe outside; PEM. */
  roots: string;
};

/** A log-in that stays in its file outside. */
export type LoginHandover = {
  login: Login;
  /** By real paths; see `LoginPlan`. */
  file: string;
  directory: string;
  home: string;
  /** What stands for each of its tokens inside. */
  standIns: StandIns;
  /** Tokens in variables of the launcher's environment, which nobody renews. */
  variables: readonly { name: string; value: string; placeholder: string }[];
};
