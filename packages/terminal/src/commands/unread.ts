/** Where to look first: where one is named, then who wrote to one alone, then the other rooms. */
import type { RoomLine } from "@sotto/core";
import { mentionsOf } from "../full/model/mentions.ts";
import type { Desk } from "./desk.ts";

/** So many unread messages of a room are looked through for one's own name. */
const LOOKED_THROUGH_MAX = 500;

/** The conversation to open next; undefined when nothing else is unread. */
export async function nextUnread(desk: Desk): Promise<RoomLine | undefined> {
  const waiting = desk.rooms.all.filter(({ roomId, unread }) => unread > 0 && roomId !== desk.focus?.roomId);
  for (const room of waiting) if (await isNamed(desk, room)) return room;
  const heard = waiting.filter(({ roomId }) => !desk.settings.isMuted(roomId));
  return heard.find(({ kind }) => kind === "direct") ?? heard[0];
}

async function isNamed(desk: Desk, { roomId, unread }: RoomLine): Promise<boolean> {
  const messages = await desk.client.request("message.list", { roomId, limit: Math.min(unread, LOOKED_THROUGH_MAX) });
  if (!messages.ok) return false;
  const isMention = mentionsOf(desk.me.username);
  return messages.value.some(({ senderId, text }) => senderId !== desk.me.accountId && isMention(text));
}
