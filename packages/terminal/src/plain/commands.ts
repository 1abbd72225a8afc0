/** Every command of the chat in one table; /help and completion are made from it. */
import { sanitiseName } from "@sotto/wire";
import { error, hint, info, type Line } from "../output.ts";
import { count } from "../words.ts";
import type { Chat } from "./chat.ts";
import { nearest } from "./input.ts";
import { changePassword } from "./password.ts";
import { qrCode } from "./qr.ts";

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** As in /help: `NAME`, `[N]`. */
  readonly argument: string;
  /** One line of /help. */
  readonly line: string;
  /** What `/help NAME` says beyond that. */
  readonly more: string;
  /** What Tab offers for the argument. */
  readonly completes?: "person" | "room" | "conversation" | "command";
  /** The program ends after it. */
  readonly ends?: true;
  run(chat: Chat, argument: string): Promise<void>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: "create",
    argument: "NAME",
    line: "make a room and open it",
    more: "You own the room. The link that is printed lets others in: give it only to them.",
    async run(chat, name) {
      if (missing(chat, name, "create", "a name for the room")) return;
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
      if (!missing(chat, link, "join", "a link")) await join(chat, link);
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
      if (room === undefined || missing(chat, name, "invite", "the name of a person")) return;
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
      if (room === undefined || missing(chat, name, "remove", "the name of a person")) return;
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
      if (missing(chat, name, "talk", "the name of a person or room")) return;
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
      if (missing(chat, query, "search", "words")) return;
      const found = await chat.ask("message.search", { query });
      if (found === undefined) return;
      for (const message of found) chat.history(message.roomId, [message]);
      chat.print(info(found.length === 0 ? "nothing found" : count(found.length, "message")));
    },
  },
  {
    name: "password",
    argument: "",
    line: "change your password",
    more: "Asks for the old one, then twice for the new one. It opens this profile and signs you in.",
    run: (chat) => changePassword(chat),
  },
  {
    name: "accept",
    argument: "CODE [NAME]",
    line: "go on after a warning that stopped something",
    more: "CODE stands in brackets behind the warning. Do it only when you know why the warning came.",
    async run(chat, argument) {
      const [code = "", name = ""] = argument.split(/\s+/);
      if (missing(chat, code, "accept", "the code of a warning")) return;
      const last = chat.warnings.findLast((warning) => {
        return warning.code === code && (name === "" || warning.username === personOf(name));
      });
      const username = name === "" ? last?.username : personOf(name);
      const params = {
        code,
        ...(last?.roomId === undefined ? {} : { roomId: last.roomId }),
        ...(username === undefined ? {} : { username }),
      };
      if ((await chat.ask("warning.accept", params)) !== undefined) chat.print(info("accepted"));
    },
  },
  {
    name: "whoami",
    argument: "",
    line: "your name, your ids, the state of the connection",
    more: "",
    async run(chat) {
      const status = await chat.ask("account.status", {});
      if (status === undefined) return;
      chat.print(
        [`  name        ${sanitiseName(chat.me.username)}`],
        [`  account     ${chat.me.accountId}`],
        [`  device      ${chat.me.deviceId}`],
        [`  connection  ${status.connection}`],
        [`  not sent    ${count(status.outbox, "message")}`],
      );
    },
  },
  {
    name: "help",
    argument: "[COMMAND]",
    line: "all commands, or one in detail",
    more: "",
    completes: "command",
    run: async (chat, name) => chat.print(...help(name)),
  },
  {
    name: "quit",
    argument: "",
    line: "end sotto (also: exit)",
    more: "What is not sent yet is sent when sotto runs the next time.",
    ends: true,
    run: async () => {},
  },
];

export const NO_ROOM_HINTS: readonly Line[] = [
  info("you are in no room yet"),
  hint("/create NAME makes a room, /join LINK enters one"),
  hint("/talk NAME writes to one person, /users lists everybody"),
  hint("/help lists all commands"),
];

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name || command.aliases?.includes(name));
}

/** `did you mean /talk?` */
export function unknownCommand(name: string): Line[] {
  const names = COMMANDS.flatMap((command) => [command.name, ...(command.aliases ?? [])]);
  const near = nearest(name, names);
  const first = near === undefined ? "/help lists all commands" : `did you mean /${near}?`;
  return [error(`there is no command /${name}; nothing was sent`), hint(`${first} //${name} sends the text /${name}`)];
}

export function help(name: string): Line[] {
  const wanted = name.replace(/^[/!]/, "").toLowerCase();
  if (wanted !== "") {
    const command = commandNamed(wanted);
    if (command === undefined) return unknownCommand(wanted);
    const also = (command.aliases ?? []).map((alias) => ` (also /${alias})`).join("");
    return [info(`${usage(command)}${also}: ${command.line}`), ...(command.more === "" ? [] : [hint(command.more)])];
  }
  const width = Math.max(...COMMANDS.map((command) => usage(command).length)) + 2;
  return [
    ...COMMANDS.map((command): Line => [`  ${usage(command).padEnd(width)}${command.line}`]),
    ["  text goes to the conversation in focus; #room text and @name text go elsewhere without moving"],
    ["  ! works like /; //text sends text that starts with a slash; /help COMMAND says more"],
  ];
}

/** Enters the room of a link and opens it. */
export async function join(chat: Chat, link: string): Promise<void> {
  const joined = await chat.ask("room.join", { link });
  if (joined === undefined) return;
  chat.expect(joined.roomId);
  await chat.open(joined.roomId);
}

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

function focused(chat: Chat): Chat["focus"] {
  if (chat.focus === undefined)
    chat.print(error("you are in no conversation"), hint("/talk NAME opens one; /rooms lists yours"));
  return chat.focus;
}

function missing(chat: Chat, argument: string, name: string, what: string): boolean {
  if (argument !== "") return false;
  const command = commandNamed(name);
  chat.print(error(`/${name} needs ${what}`), hint(command === undefined ? "/help" : usage(command)));
  return true;
}

function personOf(name: string): string {
  return name.trim().replace(/^@/, "").toLowerCase();
}

function usage(command: Command): string {
  return `/${command.name}${command.argument === "" ? "" : ` ${command.argument}`}`;
}
