import {
  type Address,
  type AddressClass,
  type AddressRange,
  classifyAddress,
  formatAddress,
} from "./addresses.ts";
import { decideAddress, type Rules } from "./rules.ts";

export type RefusedAddress =
  | { reason: "denied-by-rule"; address: string; rule: string }
  | { reason: "not-public"; address: string; addressClass: Exclude<AddressClass, "public"> };

/** The addresses that may be dialled, in the given order, and the others. */
export type Vetted = { dialable: string[]; refused: RefusedAddress[] };

/**
 * Sorts out what is not a host of the public internet, unless a rule names the very address. The
 * result is dialled as it stands, never the name again: between two look-ups the answer may change.
 */
export function vetAddresses(addresses: readonly Address[], surroundings: Surroundings): Vetted {
  const vetted: Vetted = { dialable: [], refused: [] };
  for (const address of addresses) {
    const refused = refuseAddress(address, surroundings);
    if (refused) vetted.refused.push(refused);
    else vetted.dialable.push(formatAddress(address));
  }
  return vetted;
}

export type Surroundings = { rules: Rules; port: number; hostNetworks: readonly AddressRange[] };

function refuseAddress(
  address: Address,
  { rules, port, hostNetworks }: Surroundings,
): RefusedAddress | undefined {
  const word = decideAddress(rules, address, port);
  const text = formatAddress(address);
  if (word.kind === "denied") return { reason: "denied-by-rule", address: text, rule: word.rule };
  const addressClass = classifyAddress(address, hostNetworks);
  if (word.kind === "named" || addressClass === "public") return undefined;
  return { reason: "not-public", address: text, addressClass };
}
