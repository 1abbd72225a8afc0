/** Being out of a room, by one's own will or another's. */
import type { RoomId } from "@sotto/wire";
import type { Turn } from "../turn.ts";

/** This device is out of the room: its messages stay, everything else goes, and who waits for it is told. */
export async function leaveRoom(turn: Turn, id: RoomId): Promise<void> {
  const room = turn.room(id);
  turn.dropRoom(id);
  turn.update({ type: "room", roomId: id, event: "removed" });
  for (const operation of room?.operations ?? []) await operation.finished(turn, "unknown-room");
  for (const intent of room?.queue ?? []) {
    for (const command of turn.state.sending.get(intent.id) ?? []) turn.refuse(command, "unknown-room");
    if (intent.task.type === "text") turn.update({ type: "warning", code: "not-delivered", roomId: id });
  }
}
