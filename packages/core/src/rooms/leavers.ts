/** Who said that they leave, and whose word still counts. */
import { type AccountId, type LeaveProof, leaveBytes, type RoomId } from "@sotto/wire";
import type { Leaf } from "../group/index.ts";
import type { Contact } from "../identity/contacts.ts";
import { revokedLeaves } from "../identity/devices.ts";
import type { Crypto } from "../ports.ts";

/** Whether a proof is the word of that leaf, as it stands in the tree now: a leaf of a later return is another. */
function isWordOf(crypto: Crypto, room: RoomId, leaf: Leaf, { device, signature }: LeaveProof): boolean {
  if (leaf.device !== device) return false;
  const signed = leaveBytes({ room, account: leaf.account, device, leafKey: leaf.encryptionKey });
  return crypto.verify(leaf.signatureKey, signed, signature);
}

/** The proofs among `proofs` that hold for a leaf of `leaves`. */
export function soundProofs(
  crypto: Crypto,
  room: RoomId,
  leaves: readonly Leaf[],
  proofs: readonly LeaveProof[],
): readonly LeaveProof[] {
  return proofs.filter((proof) => leaves.some((leaf) => isWordOf(crypto, room, leaf, proof)));
}

/**
 * Words that this device plans by: that of a device which its account revoked says nothing of the account. Whoever judges
 * a commit believes it all the same, since not all know of a revocation at the same time.
 */
export function believedWords(
  contacts: ReadonlyMap<AccountId, Contact>,
  leaves: readonly Leaf[],
  proofs: readonly LeaveProof[],
): readonly LeaveProof[] {
  const revoked = revokedLeaves(contacts, leaves);
  return proofs.filter(({ device }) => !revoked.some((leaf) => leaf.device === device));
}

/**
 * Leaves that one commit takes out, of more than it may: those whose words prove the others' going come last.
 *
 * @param most - proposals that a commit may hold, with one to spare for the room's info.
 */
export function firstToGo(going: readonly Leaf[], proofs: readonly LeaveProof[], most: number): readonly Leaf[] {
  const isWitness = (leaf: Leaf) => proofs.some((proof) => proof.device === leaf.device);
  return [...going.filter((leaf) => !isWitness(leaf)), ...going.filter(isWitness)].slice(0, most);
}

/** The accounts that leave, by proofs that hold. */
export function leavingAccounts(
  crypto: Crypto,
  room: RoomId,
  leaves: readonly Leaf[],
  proofs: readonly LeaveProof[],
): ReadonlySet<AccountId> {
  const sound = soundProofs(crypto, room, leaves, proofs);
  return new Set(
    leaves.filter((leaf) => sound.some((proof) => proof.device === leaf.device)).map((leaf) => leaf.account),
  );
}
