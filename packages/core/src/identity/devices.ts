/** What the states of a device chain say together: who came and went, by whose hand, and under which number. */
import { type AccountId, type ChainDevice, type ChainState, equalBytes } from "@sotto/wire";
import type { Leaf } from "../group/index.ts";
import type { Contact } from "./contacts.ts";

export interface ChainChange {
  readonly kind: "added" | "revoked" | "rotated";
  /** The recovery key signed it, and no device. */
  readonly byRecovery: boolean;
}

/** What the entries above `length` did, in order. */
export function changesSince(states: readonly ChainState[], length: number): readonly ChainChange[] {
  return states.slice(length).map((state, index) => {
    const before = states[length + index - 1]?.devices.length ?? 0;
    const grown = state.devices.length - before;
    return { kind: grown > 0 ? "added" : grown < 0 ? "revoked" : "rotated", byRecovery: state.byRecovery };
  });
}

/** Every device that was ever in the chain, in the order of coming, so that a number never moves to another device. */
export function devicesEver(states: readonly ChainState[]): readonly ChainDevice[] {
  const seen = new Map<string, ChainDevice>();
  for (const { devices } of states) for (const device of devices) if (!seen.has(device.id)) seen.set(device.id, device);
  return [...seen.values()];
}

/** A chain length, and the hash of its last entry there. */
export interface ChainMark {
  readonly length: number;
  readonly hash: Uint8Array;
}

export const isSameMark = (one: ChainMark | undefined, other: ChainMark): boolean =>
  one !== undefined && one.length === other.length && equalBytes(one.hash, other.hash);

type Contacts = ReadonlyMap<AccountId, Contact>;

/** Chains and leaves are values: a room whose people did not change need not be looked through for every message. */
const found = new WeakMap<readonly Leaf[], { readonly contacts: Contacts; readonly revoked: readonly Leaf[] }>();

/** Leaves whose device is not in the newest chain that is known of its account. */
export function revokedLeaves(contacts: Contacts, members: readonly Leaf[]): readonly Leaf[] {
  const known = found.get(members);
  if (known?.contacts === contacts) return known.revoked;
  const revoked = members.filter((leaf) => {
    const contact = contacts.get(leaf.account);
    const newest = contact?.states.at(-1);
    return newest !== undefined && newest.length > leaf.chainLength && !isIn(newest, leaf);
  });
  found.set(members, { contacts, revoked });
  return revoked;
}

export const isIn = ({ devices }: ChainState, { device }: Pick<Leaf, "device">): boolean =>
  devices.some(({ id }) => id === device);
