/** Accounts that were seen: their device chains, names, and the judgement of leaves against exact prefixes. */
import { type AccountId, type ChainState, chainStates, equalBytes, toHex, type UserName } from "@sotto/wire";
import type { Leaf } from "../group/index.ts";
import type { Crypto } from "../ports.ts";
import type { ContactRecord } from "../records.ts";

export interface Contact extends ContactRecord {
  readonly name: UserName;
  /** The chain after each of its entries: `states[length - 1]`. */
  readonly states: readonly ChainState[];
}

/** Reads a stored or received chain; undefined when it is not the chain of that account on that relay. */
export function readContact(crypto: Crypto, relay: Uint8Array, record: ContactRecord): Contact | undefined {
  const states = chainStates(record.entries, chainPort(crypto));
  const last = states.ok ? states.value.at(-1) : undefined;
  if (!states.ok || last === undefined || last.account !== record.account || !equalBytes(last.relay, relay))
    return undefined;
  return { ...record, name: last.name, states: states.value };
}

export const chainPort = (crypto: Crypto) => ({
  hash: (bytes: Uint8Array) => crypto.sha256(bytes),
  verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => crypto.verify(key, message, signature),
});

export type Verdict = "holds" | "unknown" | "false";

/**
 * Judges a leaf by exactly the prefix of the chain that it names, so that the verdict depends neither on the clock nor
 * on how much this device has seen.
 *
 * @returns "unknown" when the chain is not known so far; it has to be fetched and the question asked again.
 */
export function judgeLeaf(contacts: ReadonlyMap<AccountId, Contact>, leaf: Leaf): Verdict {
  const contact = contacts.get(leaf.account);
  const state = contact?.states[leaf.chainLength - 1];
  if (contact === undefined || leaf.chainLength > contact.states.length) return "unknown";
  if (state === undefined || !equalBytes(state.hash, leaf.chainHash)) return "false";
  const device = state.devices.find((one) => one.id === leaf.device);
  return device !== undefined && equalBytes(device.key, leaf.signatureKey) ? "holds" : "false";
}

/** One verdict for many: "false" if any is, and which accounts' chains are missing. */
export function judgeLeaves(contacts: ReadonlyMap<AccountId, Contact>, leaves: readonly Leaf[]) {
  const missing = new Set<AccountId>();
  for (const leaf of leaves) {
    const verdict = judgeLeaf(contacts, leaf);
    if (verdict === "false") return { verdict, missing: [] as AccountId[] } as const;
    if (verdict === "unknown") missing.add(leaf.account);
  }
  return { verdict: missing.size > 0 ? "unknown" : "holds", missing: [...missing] } as const;
}

/** What a received chain is beside the one that is known. */
export function compareChains(
  known: Contact | undefined,
  received: Contact,
): "new" | "same" | "longer" | "shorter" | "forked" {
  if (known === undefined) return "new";
  const common = Math.min(known.entries.length, received.entries.length);
  for (let index = 0; index < common; index++) {
    const [left, right] = [known.states[index], received.states[index]];
    if (left === undefined || right === undefined || toHex(left.hash) !== toHex(right.hash)) return "forked";
  }
  if (known.entries.length === received.entries.length) return "same";
  return received.entries.length > known.entries.length ? "longer" : "shorter";
}
