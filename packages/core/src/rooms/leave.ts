/** Being out of a room, by one's own will or another's. */
import type { RoomId } from "@sotto/wire";
import type { Update } from "../api.ts";
import type { Intent } from "../state.ts";
import type { Turn } from "../turn.ts";

/** This device is out of the room: its messages stay, everything else goes, and who waits for it is told. */
export async function leaveRoom(turn: Turn, id: RoomId): Promise<void> {
  const room = turn.room(id);
  turn.dropRoom(id);
  turn.update({ type: "room", roomId: id, event: "removed" });
  for (const operation of room?.operations ?? []) await operation.finished(turn, "unknown-room");
  for (const intent of room?.queue ?? []) {
    for (const command of turn.state.sending.get(intent.id) ?? []) turn.refuse(command, "unknown-room");
    if (intent.task.type === "text") turn.update(undelivered(intent));
  }
}

/** A message that will never be sent goes back to who wrote it. */
export function undelivered({ room, id, task }: Intent): Update {
  const message = task.type === "text" ? { messageId: id, text: task.text } : {};
  return { type: "warning", code: "not-delivered", roomId: room, ...message };
}
