/** The command that shows a window of a room's timeline. */
import { roomId } from "@sotto/wire";
import type { Params, TimelinePage } from "../api.ts";
import { directOf } from "../rooms/direct.ts";
import { asMessage } from "../timeline.ts";
import type { Turn } from "../turn.ts";

export async function listTimeline(turn: Turn, command: number, params: Params<"timeline.list">): Promise<void> {
  const parsed = roomId(params.roomId);
  const room = parsed && directOf(turn, parsed);
  if (room === undefined || room.status === "joining") return turn.refuse(command, "unknown-room");
  const { before, after, limit = 50 } = params;
  if (before !== undefined && after !== undefined) return turn.refuse(command, "bad-request");
  const found = await turn.store.messages(room.room, before, limit);
  const items = found.map((message) => ({ kind: "message", ...asMessage(turn, message) }) as const);
  const page: TimelinePage = { items, read: room.read, atStart: found.length < limit, atEnd: before === undefined };
  turn.answer(command, page);
}
