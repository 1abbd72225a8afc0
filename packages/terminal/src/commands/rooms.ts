/** Commands about rooms: making, entering and leaving them, and who is in. */
import { sanitiseName } from "@sotto/wire";
import { hint, info, type Line } from "../output.ts";
import { qrCode } from "../plain/qr.ts";
import { count } from "../words.ts";
import { type Command, focused, missing, personOf } from "./command.ts";
import type { Desk } from "./desk.ts";

export const ROOM_COMMANDS: readonly Command[] = [
  {
    name: "create",
    section: "rooms",
    argument: "NAME",
    async run(desk, name) {
      if (missing(desk, name, "/create NAME", "a name for the room")) return;
      const made = await desk.ask("room.create", { name });
      if (made === undefined) return;
      desk.expect(made.roomId);
      await desk.refresh();
      desk.print(info(`made ${desk.tag(made.roomId)}; who has this link can join:`), [made.link]);
      await desk.open(made.roomId);
    },
  },
  {
    name: "join",
    section: "rooms",
    argument: "LINK",
    async run(desk, link) {
      if (!missing(desk, link, "/join LINK", "a link")) await join(desk, link);
    },
  },
  {
    name: "leave",
    section: "rooms",
    argument: "[ROOM]",
    completes: "room",
    async run(desk, word) {
      const room = word === "" ? focused(desk) : desk.find(word);
      if (room === undefined) return;
      const tag = desk.tag(room.roomId);
      if ((await desk.ask("room.leave", { roomId: room.roomId })) === undefined) return;
      desk.print(info(`you left ${tag}`));
      await desk.refresh();
    },
  },
  {
    name: "link",
    section: "rooms",
    argument: "",
    run: (desk) => showLink(desk, false),
  },
  {
    name: "renew",
    section: "rooms",
    argument: "",
    run: (desk) => showLink(desk, true),
  },
  {
    name: "invite",
    section: "rooms",
    argument: "NAME",
    completes: "person",
    async run(desk, name) {
      const room = focused(desk);
      if (room === undefined || missing(desk, name, "/invite NAME", "the name of a person")) return;
      const username = personOf(name);
      const done = await desk.ask("room.add", { roomId: room.roomId, username });
      if (done !== undefined) desk.print(info(`${sanitiseName(username)} is in ${desk.tag(room.roomId)}`));
    },
  },
  {
    name: "remove",
    section: "rooms",
    argument: "NAME",
    completes: "person",
    async run(desk, name) {
      const room = focused(desk);
      if (room === undefined || missing(desk, name, "/remove NAME", "the name of a person")) return;
      const username = personOf(name);
      const done = await desk.ask("room.remove", { roomId: room.roomId, username });
      if (done !== undefined) desk.print(info(`${sanitiseName(username)} is out of ${desk.tag(room.roomId)}`));
    },
  },
  {
    name: "members",
    section: "rooms",
    argument: "",
    async run(desk) {
      const room = focused(desk);
      const members = room && (await desk.ask("room.members", { roomId: room.roomId }));
      if (room === undefined || members === undefined) return;
      desk.print(info(`${count(members.length, "member")} of ${desk.tag(room.roomId)}:`));
      for (const { username, role } of members) {
        const marks = [role === "owner" ? "owner" : "", username === desk.me.username ? "you" : ""].filter(Boolean);
        desk.print([`  ${sanitiseName(username)}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`]);
      }
    },
  },
  {
    name: "rooms",
    section: "rooms",
    argument: "",
    async run(desk) {
      await desk.refresh();
      const { all } = desk.rooms;
      if (all.length === 0) return desk.print(...NO_ROOM_HINTS);
      for (const room of all) {
        const facts = [
          room.kind === "room" ? count(room.members, "member") : "",
          room.unread > 0 ? `${room.unread} unread` : "",
        ];
        const here = room.roomId === desk.focus?.roomId ? " (in focus)" : "";
        desk.print([`  ${desk.tag(room.roomId)}${here}  ${facts.filter(Boolean).join(", ")}`.trimEnd()]);
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
export async function join(desk: Desk, link: string): Promise<void> {
  const joined = await desk.ask("room.join", { link });
  if (joined === undefined) return;
  desk.expect(joined.roomId);
  await desk.open(joined.roomId);
}

async function showLink(desk: Desk, renew: boolean): Promise<void> {
  const room = focused(desk);
  if (room === undefined) return;
  const { roomId } = room;
  const answer = await desk.ask("room.link", renew ? { roomId, renew } : { roomId });
  if (answer === undefined) return;
  if (renew) desk.print(info("the old link does not work any more; the new one:"));
  const qr = qrCode(answer.link, desk.screen.look, desk.screen.size(), 4);
  if (qr.type === "lines") desk.print(...qr.lines);
  if (qr.type === "too-small") desk.print(info(`a QR code would need ${qr.columns} columns and ${qr.rows} rows`));
  desk.print([answer.link]);
}
