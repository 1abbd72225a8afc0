/** What commands say about a room, and the one that they are about. */
import { type AccountId, roomId } from "@sotto/wire";
import { leaves, roomInfo } from "../group/index.ts";
import { owners } from "../rooms/judge.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";

/** The room that a command is about; refuses the command when there is none. */
export function roomOf(turn: Turn, command: number, id: string): Room | undefined {
  const parsed = roomId(id);
  const room = parsed && turn.room(parsed);
  if (room?.status === "member") return room;
  turn.refuse(command, "unknown-room");
  return undefined;
}

export function accountsOf(room: Room): ReadonlySet<AccountId> {
  return new Set((room.group && leaves(room.group))?.map((leaf) => leaf.account));
}

export function isOwner(turn: Turn, room: Room): boolean {
  const info = room.group && roomInfo(room.group);
  return info !== undefined && owners(info).includes(turn.me.account);
}
