/** Commands about people, and about which conversation is open. */
import { sanitiseName } from "@sotto/wire";
import { error, hint, info } from "../output.ts";
import { say } from "../text/index.ts";
import { type Command, missing, personOf, roomOf } from "./command.ts";
import type { Desk } from "./desk.ts";
import { nextUnread } from "./unread.ts";

export const TALK_COMMANDS: readonly Command[] = [
  {
    name: "users",
    aliases: ["list"],
    section: "talk",
    argument: "",
    async run(desk) {
      const text = say().commands.users;
      const users = await desk.ask("users.list", {});
      if (users === undefined) return;
      desk.print(info(text.count(users.length)));
      for (const { username, online } of users) {
        const you = username === desk.me.username ? text.isYou : "";
        desk.print([`  ${sanitiseName(username)}${you}  ${online ? text.online : text.offline}`]);
      }
    },
  },
  {
    name: "talk",
    section: "talk",
    argument: "NAME",
    completes: "conversation",
    async run(desk, name) {
      if (missing(desk, name, "talk", "NAME")) return;
      const roomId = await conversation(desk, name);
      if (roomId !== undefined) await desk.open(roomId);
    },
  },
  {
    name: "back",
    section: "talk",
    argument: "",
    async run(desk) {
      const text = say().commands.back;
      const left = desk.back();
      if (left === undefined) desk.print(info(text.nowhere), hint(text.nowhereHint));
      else desk.print(info(text.left(desk.tag(left.roomId))));
    },
  },
  {
    name: "unread",
    section: "talk",
    argument: "",
    async run(desk) {
      await desk.refresh();
      const next = await nextUnread(desk);
      if (next === undefined) desk.print(info(say().commands.unread.none));
      else await desk.open(next.roomId);
    },
  },
  {
    name: "read",
    section: "talk",
    argument: "[ROOM]",
    completes: "conversation",
    async run(desk, word) {
      const room = roomOf(desk, word);
      if (room === undefined) return;
      const { roomId } = room;
      const newest = await desk.ask("message.list", { roomId, limit: 1 });
      if (newest === undefined) return;
      const text = say().commands.read;
      const [last] = newest;
      if (last === undefined) return desk.print(info(text.empty(desk.tag(roomId))));
      if ((await desk.ask("message.markRead", { roomId, seq: last.seq })) === undefined) return;
      await desk.refresh();
      desk.print(info(text.done(desk.tag(roomId))));
    },
  },
];

/** The room that a person calls `name`, if need be a conversation that has no message yet. */
export async function conversation(desk: Desk, name: string): Promise<string | undefined> {
  if (name.startsWith("#")) return desk.find(name)?.roomId;
  const username = personOf(name);
  const direct = desk.rooms.all.find((room) => room.kind === "direct" && room.name === username);
  if (direct !== undefined) return direct.roomId;
  const named = desk.rooms.all.find((room) => desk.tag(room.roomId).slice(1).toLowerCase() === name.toLowerCase());
  if (!name.startsWith("@") && named !== undefined) {
    if (!desk.people.includes(username)) return desk.find(name)?.roomId;
    // Anybody may call a room as a person: who is meant is asked back.
    desk.print(error(say().plain.chat.several(`${desk.tag(named.roomId)}, @${username}`)));
    return undefined;
  }
  const opened = await desk.ask("direct.open", { username });
  if (opened !== undefined) desk.knowDirect(opened.roomId, username);
  return opened?.roomId;
}
