/** Leaving by the word of another device of the own account. */

import { type Leaf, leaves } from "../group/index.ts";
import { revokedLeaves } from "../identity/devices.ts";
import { enqueue } from "../outbox.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { leaveRoom } from "./leave.ts";
import { believedWords, leavingAccounts, soundProofs } from "./leavers.ts";

/**
 * This account leaves, as another device of it said. It is for the others to take it out, and this device stays until
 * they have: should that word end, because its leaf came in anew or its device is revoked, it is in like all others.
 * Where nobody stays who could do it, it goes at once.
 */
export async function leaveWhenAlone(turn: Turn, { room: id, group, leavers }: Room): Promise<void> {
  const members = (group && leaves(group)) ?? [];
  const words = believedWords(turn.state.contacts, members, leavers);
  const leaving = leavingAccounts(turn.ports.crypto, id, members, words);
  const revoked = revokedLeaves(turn.state.contacts, members);
  const isAnybodyThere = members.some((leaf) => !leaving.has(leaf.account) && !revoked.includes(leaf));
  if (leaving.has(turn.me.account) && !isAnybodyThere) await leaveRoom(turn, id);
}

/**
 * The others do not believe the word of a device that was revoked since, while the person has left: this device, which
 * believed it in time, says it again by itself.
 *
 * @param members - with the leaf of the device that said it.
 */
export function leaveInStead(turn: Turn, room: Room, members: readonly Leaf[]): void {
  const own = members.filter(({ account }) => account === turn.me.account);
  const revoked = revokedLeaves(turn.state.contacts, members);
  const words = soundProofs(turn.ports.crypto, room.room, own, room.leavers);
  const isOver = words.length > 0 && words.every(({ device }) => revoked.some((leaf) => leaf.device === device));
  const isSaid = room.queue.some(({ task }) => task.type === "leave");
  if (isOver && !isSaid) enqueue(turn, room, { type: "leave" });
}
