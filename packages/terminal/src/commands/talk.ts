/** Commands about people and what was said. */
import { sanitiseName } from "@sotto/wire";
import { error, hint, info } from "../output.ts";
import { count } from "../words.ts";
import { type Command, focused, missing, personOf } from "./command.ts";
import type { Desk } from "./desk.ts";

export const TALK_COMMANDS: readonly Command[] = [
  {
    name: "users",
    aliases: ["list"],
    section: "talk",
    argument: "",
    async run(desk) {
      const users = await desk.ask("users.list", {});
      if (users === undefined) return;
      desk.print(info(`${count(users.length, "person")}:`));
      for (const { username, online } of users) {
        const you = username === desk.me.username ? " (you)" : "";
        desk.print([`  ${sanitiseName(username)}${you}  ${online ? "online" : "offline"}`]);
      }
    },
  },
  {
    name: "talk",
    section: "talk",
    argument: "NAME",
    completes: "conversation",
    async run(desk, name) {
      if (missing(desk, name, "/talk NAME", "the name of a person or room")) return;
      const roomId = await conversation(desk, name);
      if (roomId !== undefined) await desk.open(roomId);
    },
  },
  {
    name: "back",
    section: "talk",
    argument: "",
    async run(desk) {
      const left = desk.back();
      if (left === undefined) desk.print(info("you are in no conversation"), hint("/talk NAME opens one"));
      else desk.print(info(`left the conversation ${desk.tag(left.roomId)}; you stay in it`));
    },
  },
  {
    name: "history",
    section: "talk",
    argument: "[N]",
    async run(desk, argument) {
      const room = focused(desk);
      if (room === undefined) return;
      const limit = argument === "" ? 20 : Number(argument);
      if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
        return desk.print(error("/history takes a number from 1 to 500"));
      }
      const messages = await desk.ask("message.list", { roomId: room.roomId, limit });
      if (messages !== undefined) desk.history(room.roomId, messages);
    },
  },
  {
    name: "search",
    section: "talk",
    argument: "WORDS",
    async run(desk, query) {
      if (missing(desk, query, "/search WORDS", "words")) return;
      const found = await desk.ask("message.search", { query });
      if (found === undefined) return;
      for (const message of found) desk.history(message.roomId, [message]);
      desk.print(info(found.length === 0 ? "nothing found" : count(found.length, "message")));
    },
  },
];

/** The room that a person calls `name`, if need be a conversation that has no message yet. */
export async function conversation(desk: Desk, name: string): Promise<string | undefined> {
  if (name.startsWith("#")) return desk.find(name)?.roomId;
  const username = personOf(name);
  const direct = desk.rooms.all.find((room) => room.kind === "direct" && room.name === username);
  if (direct !== undefined) return direct.roomId;
  if (
    !name.startsWith("@") &&
    desk.rooms.all.some((room) => desk.tag(room.roomId).slice(1).toLowerCase() === name.toLowerCase())
  ) {
    return desk.find(name)?.roomId;
  }
  const opened = await desk.ask("direct.open", { username });
  if (opened !== undefined) desk.knowDirect(opened.roomId, username);
  return opened?.roomId;
}
