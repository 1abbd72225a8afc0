/**
 * What leads a device back into a room in which it is out of step. Everything in it but signatures is of its maker's
 * choice, so it counts only from somebody who was in the tree that this device held; and whoever is new in the tree
 * hears nothing before a person has agreed.
 */
import type { AccountId, RoomInfo } from "@sotto/wire";
import { type Leaf, leaves, roomInfo } from "../group/index.ts";
import { revokedLeaves } from "../identity/devices.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { nameOf } from "./names.ts";

/** A room as a Welcome or a GroupInfo shows it; that its leaves hold is judged elsewhere. */
export interface Shown {
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
  /** Who signed it. */
  readonly signer: Leaf;
}

/** Whoever leads a device astray must not make it come back into a room of their own. */
export function hasKnownOwners(turn: Turn, room: Room | undefined, { info, leaves: after }: Shown): boolean {
  const before = room?.group && roomInfo(room.group);
  if (before?.kind !== "room" || info.kind !== "room") return before?.kind === info.kind;
  const sorted = (owners: readonly AccountId[]) => [...owners].sort().join();
  const held = (room?.group && leaves(room.group)) ?? [];
  const gone = new Set(revokedLeaves(turn.state.contacts, held));
  // The name of an owner alone says nothing: one that is not there must have lost its devices.
  const isThere = (owner: AccountId) =>
    after.some((leaf) => leaf.account === owner) || held.every((leaf) => leaf.account !== owner || gone.has(leaf));
  return sorted(before.owners) === sorted(info.owners) && info.owners.every(isThere);
}

/** Whether somebody vouches for it who is in the room as far as this device knows, with a device that still counts. */
export function isOfHeldTree(turn: Turn, room: Room | undefined, { signer }: Shown): boolean {
  const held = (room?.group && leaves(room.group)) ?? [];
  return (
    held.some((leaf) => leaf.account === signer.account) && revokedLeaves(turn.state.contacts, [signer]).length === 0
  );
}

/** Accounts that are in the room now and were not in the tree that this device held. */
function newcomers({ group }: Room, after: readonly Leaf[]): readonly AccountId[] {
  const known = new Set((group && leaves(group))?.map((leaf) => leaf.account));
  return [...new Set(after.map((leaf) => leaf.account))].filter((account) => !known.has(account));
}

/**
 * Tells the person who came while this device was out of step, whom no commit that it read brought in.
 *
 * @returns true: nothing is encrypted in the room until the person says yes.
 */
export function mustAgree(turn: Turn, before: Room, after: readonly Leaf[]): boolean {
  const names = newcomers(before, after).map((account) => turn.nameOf(account));
  if (names.length === 0) return false;
  turn.update({ type: "warning", code: "log-forked", roomId: before.room });
  turn.notice("came-meanwhile", { room: nameOf(turn, before), names: names.join(", ") });
  return true;
}
