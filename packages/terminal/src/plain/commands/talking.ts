/** Commands about people and what was said. */
import { sanitiseName } from "@sotto/wire";
import { error, hint, info } from "../../output.ts";
import { count } from "../../words.ts";
import type { Chat } from "../chat.ts";
import { type Command, focused, missing, personOf } from "./command.ts";

export const TALK_COMMANDS: readonly Command[] = [
  {
    name: "users",
    aliases: ["list"],
    argument: "",
    line: "everybody on this relay, and who is online",
    more: "/talk NAME writes to one of them.",
    async run(chat) {
      const users = await chat.ask("users.list", {});
      if (users === undefined) return;
      chat.print(info(`${count(users.length, "person").replace("persons", "people")}:`));
      for (const { username, online } of users) {
        const you = username === chat.me.username ? " (you)" : "";
        chat.print([`  ${sanitiseName(username)}${you}  ${online ? "online" : "offline"}`]);
      }
    },
  },
  {
    name: "talk",
    argument: "NAME",
    line: "open a conversation with a person, or a room",
    more: "NAME is a person (bob or @bob) or a room (#general). Earlier messages are printed, new ones appear by themselves, and what you type goes there. /back leaves it.",
    completes: "conversation",
    async run(chat, name) {
      if (missing(chat, name, "/talk NAME", "the name of a person or room")) return;
      const roomId = await conversation(chat, name);
      if (roomId !== undefined) await chat.open(roomId);
    },
  },
  {
    name: "back",
    argument: "",
    line: "leave the conversation in focus; you stay a member",
    more: "Messages there count as unread again.",
    async run(chat) {
      const left = chat.back();
      if (left === undefined) chat.print(info("you are in no conversation"), hint("/talk NAME opens one"));
      else chat.print(info(`left the conversation ${chat.tag(left.roomId)}; you stay in it`));
    },
  },
  {
    name: "history",
    argument: "[N]",
    line: "the last N messages of the conversation in focus (20)",
    more: "Up to 500, also without a connection.",
    async run(chat, argument) {
      const room = focused(chat);
      if (room === undefined) return;
      const limit = argument === "" ? 20 : Number(argument);
      if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
        return chat.print(error("/history takes a number from 1 to 500"));
      }
      const messages = await chat.ask("message.list", { roomId: room.roomId, limit });
      if (messages !== undefined) chat.history(room.roomId, messages);
    },
  },
  {
    name: "search",
    argument: "WORDS",
    line: "messages with these words, in all rooms",
    more: "Whole words, the last one may be only its beginning. Works without a connection.",
    async run(chat, query) {
      if (missing(chat, query, "/search WORDS", "words")) return;
      const found = await chat.ask("message.search", { query });
      if (found === undefined) return;
      for (const message of found) chat.history(message.roomId, [message]);
      chat.print(info(found.length === 0 ? "nothing found" : count(found.length, "message")));
    },
  },
];

/** The room that a person calls `name`, if need be a conversation that has no message yet. */
export async function conversation(chat: Chat, name: string): Promise<string | undefined> {
  if (name.startsWith("#")) return chat.find(name)?.roomId;
  const username = personOf(name);
  const direct = chat.rooms.all.find((room) => room.kind === "direct" && room.name === username);
  if (direct !== undefined) return direct.roomId;
  if (
    !name.startsWith("@") &&
    chat.rooms.all.some((room) => chat.tag(room.roomId).slice(1).toLowerCase() === name.toLowerCase())
  ) {
    return chat.find(name)?.roomId;
  }
  const opened = await chat.ask("direct.open", { username });
  if (opened !== undefined) chat.knowDirect(opened.roomId, username);
  return opened?.roomId;
}
