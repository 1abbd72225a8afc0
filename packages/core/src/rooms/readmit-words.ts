/** The words of devices that ask to be let in, and what they allow. */
import { type AccountId, EMPTY, type LeaveProof, type RoomId, readmitBytes } from "@sotto/wire";
import type { Leaf } from "../group/index.ts";
import type { Crypto } from "../ports.ts";

/** Whether a word is by that device's key, and about the leaf that it has in the tree, or about having none. */
export function isReadmitWord(
  crypto: Crypto,
  room: RoomId,
  { account, key, leaf }: { readonly account: AccountId; readonly key: Uint8Array; readonly leaf: Leaf | undefined },
  { device, signature }: LeaveProof,
): boolean {
  const signed = readmitBytes({ room, account, device, leafKey: leaf?.encryptionKey ?? EMPTY });
  return crypto.verify(key, signed, signature);
}

/** Leaves that a commit takes out and adds anew, by words that hold for them: nobody is taken out by that. */
export function readmitted(
  crypto: Crypto,
  room: RoomId,
  { adds, removes }: { readonly adds: readonly Leaf[]; readonly removes: readonly Leaf[] },
  words: readonly LeaveProof[],
): ReadonlySet<Leaf> {
  const isWord = (leaf: Leaf, word: LeaveProof) =>
    word.device === leaf.device &&
    isReadmitWord(crypto, room, { account: leaf.account, key: leaf.signatureKey, leaf }, word);
  return new Set(removes.filter((leaf) => isBack(adds, leaf) && words.some((word) => isWord(leaf, word))));
}

/** Whether the device of a leaf that goes comes in again by the same commit. */
export function isBack(
  adds: readonly Pick<Leaf, "account" | "device">[],
  leaf: Pick<Leaf, "account" | "device">,
): boolean {
  return adds.some((add) => add.device === leaf.device && add.account === leaf.account);
}
