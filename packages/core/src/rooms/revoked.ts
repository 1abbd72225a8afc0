/** Taking out a device that its account revoked: what the commit shows for it, and how it is judged. */
import { type AccountId, type ChainPoint, type DeviceId, equalBytes } from "@sotto/wire";
import type { Leaf } from "../group/index.ts";
import type { Contact } from "../identity/contacts.ts";
import { isIn } from "../identity/devices.ts";

type Contacts = ReadonlyMap<AccountId, Contact>;

/** For each account of these leaves its newest known chain, in which they are not any more. */
export function chainPoints(contacts: Contacts, gone: readonly Leaf[]): readonly ChainPoint[] {
  return [...new Set(gone.map((leaf) => leaf.account))].flatMap((account) => {
    const newest = contacts.get(account)?.states.at(-1);
    return newest === undefined ? [] : [{ account, length: newest.length, hash: newest.hash }];
  });
}

/** Accounts of members whose chains have to be fetched before a commit can be judged that names these points. */
export function unknownChains(
  contacts: Contacts,
  members: readonly Leaf[],
  points: readonly ChainPoint[],
): readonly AccountId[] {
  const accounts = new Set(members.map((leaf) => leaf.account));
  const unknown = points.filter(
    ({ account, length }) => accounts.has(account) && length > (contacts.get(account)?.states.length ?? 0),
  );
  return [...new Set(unknown.map(({ account }) => account))];
}

/**
 * The devices among `members` that these points prove to be revoked: by exactly the prefix that is named, so that all
 * judge alike, and by one that is longer than the prefix which brought the leaf in, where the device was not yet.
 */
export function provenRevoked(
  contacts: Contacts,
  members: readonly Leaf[],
  points: readonly ChainPoint[],
): ReadonlySet<DeviceId> {
  const revoked = members.filter((leaf) =>
    points.some(({ account, length, hash }) => {
      const state = account === leaf.account ? contacts.get(account)?.states[length - 1] : undefined;
      return state !== undefined && length > leaf.chainLength && equalBytes(state.hash, hash) && !isIn(state, leaf);
    }),
  );
  return new Set(revoked.map((leaf) => leaf.device));
}
