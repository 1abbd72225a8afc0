/** Commands about rooms: making, entering and leaving them, and who is in. */
import { sanitiseName } from "@sotto/wire";
import { hint, info, type Line } from "../../output.ts";
import { count } from "../../words.ts";
import type { Chat } from "../chat.ts";
import { qrCode } from "../qr.ts";
import { type Command, focused, missing, personOf } from "./command.ts";

export const ROOM_COMMANDS: readonly Command[] = [
  {
    name: "create",
    argument: "NAME",
    line: "make a room and open it",
    more: "You own the room. The link that is printed lets others in: give it only to them.",
    async run(chat, name) {
      if (missing(chat, name, "/create NAME", "a name for the room")) return;
      const made = await chat.ask("room.create", { name });
      if (made === undefined) return;
      chat.expect(made.roomId);
      await chat.refresh();
      chat.print(info(`made ${chat.tag(made.roomId)}; who has this link can join:`), [made.link]);
      await chat.open(made.roomId);
    },
  },
  {
    name: "join",
    argument: "LINK",
    line: "enter the room that a link leads to",
    more: "The link starts with sotto:// and holds a secret: whoever has it can enter. What was said before you came stays unseen.",
    async run(chat, link) {
      if (!missing(chat, link, "/join LINK", "a link")) await join(chat, link);
    },
  },
  {
    name: "leave",
    argument: "[ROOM]",
    line: "leave the room in focus, or another one, for good",
    more: "The room goes from your list. To look at something else and stay a member use /back.",
    completes: "room",
    async run(chat, word) {
      const room = word === "" ? focused(chat) : chat.find(word);
      if (room === undefined) return;
      const tag = chat.tag(room.roomId);
      if ((await chat.ask("room.leave", { roomId: room.roomId })) === undefined) return;
      chat.print(info(`you left ${tag}`));
      await chat.refresh();
    },
  },
  {
    name: "link",
    argument: "",
    line: "show the link to the room in focus",
    more: "On a terminal with colour also as a QR code. /renew makes a new one and ends the old one.",
    run: (chat) => showLink(chat, false),
  },
  {
    name: "renew",
    argument: "",
    line: "make a new link to the room in focus; the old one ends",
    more: "Members stay. Use it when a link has reached somebody it should not.",
    run: (chat) => showLink(chat, true),
  },
  {
    name: "invite",
    argument: "NAME",
    line: "bring a person into the room in focus",
    more: "They need no link and no connection: they are in when they next come online. /users lists the names.",
    completes: "person",
    async run(chat, name) {
      const room = focused(chat);
      if (room === undefined || missing(chat, name, "/invite NAME", "the name of a person")) return;
      const username = personOf(name);
      const done = await chat.ask("room.add", { roomId: room.roomId, username });
      if (done !== undefined) chat.print(info(`${sanitiseName(username)} is in ${chat.tag(room.roomId)}`));
    },
  },
  {
    name: "remove",
    argument: "NAME",
    line: "take a person out of the room in focus",
    more: "Only owners can. The link of the room changes with it.",
    completes: "person",
    async run(chat, name) {
      const room = focused(chat);
      if (room === undefined || missing(chat, name, "/remove NAME", "the name of a person")) return;
      const username = personOf(name);
      const done = await chat.ask("room.remove", { roomId: room.roomId, username });
      if (done !== undefined) chat.print(info(`${sanitiseName(username)} is out of ${chat.tag(room.roomId)}`));
    },
  },
  {
    name: "members",
    argument: "",
    line: "who is in the room in focus",
    more: "Owners are marked: they can remove others.",
    async run(chat) {
      const room = focused(chat);
      const members = room && (await chat.ask("room.members", { roomId: room.roomId }));
      if (room === undefined || members === undefined) return;
      chat.print(info(`${count(members.length, "member")} of ${chat.tag(room.roomId)}:`));
      for (const { username, role } of members) {
        const marks = [role === "owner" ? "owner" : "", username === chat.me.username ? "you" : ""].filter(Boolean);
        chat.print([`  ${sanitiseName(username)}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`]);
      }
    },
  },
  {
    name: "rooms",
    argument: "",
    line: "your rooms and conversations",
    more: "With the number of members and of unread messages. /talk opens one.",
    async run(chat) {
      await chat.refresh();
      const { all } = chat.rooms;
      if (all.length === 0) return chat.print(...NO_ROOM_HINTS);
      for (const room of all) {
        const facts = [
          room.kind === "room" ? count(room.members, "member") : "",
          room.unread > 0 ? `${room.unread} unread` : "",
        ];
        const here = room.roomId === chat.focus?.roomId ? " (in focus)" : "";
        chat.print([`  ${chat.tag(room.roomId)}${here}  ${facts.filter(Boolean).join(", ")}`.trimEnd()]);
      }
    },
  },
];

export const NO_ROOM_HINTS: readonly Line[] = [
  info("you are in no room yet"),
  hint("/create NAME makes a room, /join LINK enters one"),
  hint("/talk NAME writes to one person, /users lists everybody"),
  hint("/help lists all commands"),
];

/** Enters the room of a link and opens it. */
export async function join(chat: Chat, link: string): Promise<void> {
  const joined = await chat.ask("room.join", { link });
  if (joined === undefined) return;
  chat.expect(joined.roomId);
  await chat.open(joined.roomId);
}

async function showLink(chat: Chat, renew: boolean): Promise<void> {
  const room = focused(chat);
  if (room === undefined) return;
  const { roomId } = room;
  const answer = await chat.ask("room.link", renew ? { roomId, renew } : { roomId });
  if (answer === undefined) return;
  if (renew) chat.print(info("the old link does not work any more; the new one:"));
  const qr = qrCode(answer.link, chat.screen.look, chat.screen.size(), 4);
  if (qr.type === "lines") chat.print(...qr.lines);
  if (qr.type === "too-small") chat.print(info(`a QR code would need ${qr.columns} columns and ${qr.rows} rows`));
  chat.print([answer.link]);
}
