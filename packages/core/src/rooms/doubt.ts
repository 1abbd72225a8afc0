/** Whether something about the people of a room was found that a person has to look at first. */
import { leaves } from "../group/index.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";

/** Somebody in the room came under another's name, or their device chain was withheld or forked. */
export function isDoubtful(turn: Turn, room: Room): boolean {
  const accounts =
    room.peer === undefined ? (room.group && leaves(room.group))?.map((leaf) => leaf.account) : [room.peer];
  return (accounts ?? []).some((account) => turn.state.contacts.get(account)?.conflict);
}
