import { LOGINS, SSH_CONFIRMATIONS } from "../policy.ts";
import type { Login, Sourced, SshConfirmation } from "../policy.ts";
import { badValue } from "./option-values.ts";

export function readLogin(value: string): Sourced<Login> {
  const login = LOGINS.find((known) => known === value);
  if (login) return { value: login, origin: "--login" };
  throw badValue("--login", value, LOGINS.join(" or "));
}

export function readSshConfirmation(value: string): Sourced<SshConfirmation> {
  const known = SSH_CONFIRMATIONS.find((each) => each === value);
  if (known) return { value: known, origin: "--ssh-confirm" };
  throw badValue("--ssh-confirm", value, SSH_CONFIRMATIONS.join(" or "));
}
