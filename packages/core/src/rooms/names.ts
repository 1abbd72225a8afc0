/** What people call a room. */
import { roomInfo } from "../group/index.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";

export function nameOf(turn: Turn, room: Room): string {
  if (room.kind === "direct") return room.peer === undefined ? "" : turn.nameOf(room.peer);
  const info = room.group && roomInfo(room.group);
  return info?.kind === "room" ? info.name : "";
}
