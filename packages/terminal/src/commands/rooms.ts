/** Commands about rooms: making, entering and leaving them, and who is in. */
import { sanitiseName } from "@sotto/wire";
import { hint, info, type Line } from "../output.ts";
import { qrCode } from "../plain/qr.ts";
import { say } from "../text/index.ts";
import { count } from "../words.ts";
import { type Command, focused, isSure, missing, personOf, roomOf } from "./command.ts";
import type { Desk } from "./desk.ts";

export const ROOM_COMMANDS: readonly Command[] = [
  {
    name: "create",
    section: "rooms",
    argument: "NAME",
    async run(desk, name) {
      if (missing(desk, name, "create", "NAME")) return;
      const made = await desk.ask("room.create", { name });
      if (made === undefined) return;
      desk.expect(made.roomId);
      await desk.refresh();
      desk.print(info(say().commands.create.made(desk.tag(made.roomId))), [made.link]);
      await desk.open(made.roomId);
    },
  },
  {
    name: "join",
    section: "rooms",
    argument: "LINK",
    async run(desk, link) {
      if (!missing(desk, link, "join", "LINK")) await join(desk, link);
    },
  },
  {
    name: "leave",
    section: "rooms",
    argument: "[ROOM]",
    completes: "room",
    async run(desk, word) {
      const room = roomOf(desk, word);
      if (room === undefined) return;
      const tag = desk.tag(room.roomId);
      const text = say().commands.leave;
      if (!(await isSure(desk.screen, text.sure(tag)))) return desk.print(info(text.stay));
      if ((await desk.ask("room.leave", { roomId: room.roomId })) === undefined) return;
      desk.print(info(text.left(tag)));
      await desk.refresh();
    },
  },
  {
    name: "link",
    section: "rooms",
    argument: "",
    run: (desk) => showLink(desk, "link"),
  },
  { name: "qr", section: "rooms", argument: "", run: (desk) => showLink(desk, "qr") },
  {
    name: "renew",
    section: "rooms",
    argument: "",
    run: (desk) => showLink(desk, "renew"),
  },
  {
    name: "invite",
    section: "rooms",
    argument: "NAME",
    completes: "person",
    async run(desk, name) {
      const room = focused(desk);
      if (room === undefined || missing(desk, name, "invite", "NAME")) return;
      const username = personOf(name);
      const done = await desk.ask("room.add", { roomId: room.roomId, username });
      if (done !== undefined && !desk.showsOwnDeeds)
        desk.print(info(say().commands.invite.done(sanitiseName(username), desk.tag(room.roomId))));
    },
  },
  {
    name: "remove",
    section: "rooms",
    argument: "NAME",
    completes: "person",
    async run(desk, name) {
      const room = focused(desk);
      if (room === undefined || missing(desk, name, "remove", "NAME")) return;
      const username = personOf(name);
      const who = sanitiseName(username);
      const tag = desk.tag(room.roomId);
      const text = say().commands.remove;
      if (!(await isSure(desk.screen, text.sure(who, tag)))) return desk.print(info(text.stays(who)));
      const done = await desk.ask("room.remove", { roomId: room.roomId, username });
      if (done !== undefined && !desk.showsOwnDeeds) desk.print(info(text.done(who, tag)));
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
      const text = say().commands.members;
      desk.print(info(text.count(members.length, desk.tag(room.roomId))));
      for (const { username, role } of members) {
        const marks = [role === "owner" ? text.owner : "", username === desk.me.username ? say().plain.you : ""].filter(
          Boolean,
        );
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
      const text = say().commands.rooms;
      const { all } = desk.rooms;
      if (all.length === 0) return desk.print(...noRoomHints());
      for (const room of all) {
        const facts = [
          room.kind === "room" ? count(room.members, "member") : "",
          room.unread > 0 ? text.unread(room.unread) : "",
          desk.settings.isMuted(room.roomId) ? text.muted : "",
        ];
        const here = room.roomId === desk.focus?.roomId ? text.inFocus : "";
        desk.print([`  ${desk.tag(room.roomId)}${here}  ${facts.filter(Boolean).join(", ")}`.trimEnd()]);
      }
    },
  },
];

export function noRoomHints(): readonly Line[] {
  const text = say().commands.rooms;
  return [info(text.none), hint(text.noneCreate), hint(text.noneTalk), hint(text.noneHelp)];
}

/** Enters the room of a link and opens it. */
export async function join(desk: Desk, link: string): Promise<void> {
  const joined = await desk.ask("room.join", { link });
  if (joined === undefined) return;
  desk.expect(joined.roomId);
  await desk.open(joined.roomId);
}

/** Whether the link of a room is to be renewed: nothing brings the old one back, and others may have passed it on. */
export async function isToEnd(desk: Desk, roomId: string): Promise<boolean> {
  const { sure, stays } = say().commands.renew;
  if (await isSure(desk.screen, sure(desk.tag(roomId)))) return true;
  desk.print(info(stays));
  return false;
}

async function showLink(desk: Desk, how: "link" | "qr" | "renew"): Promise<void> {
  const room = focused(desk);
  if (room === undefined) return;
  const { roomId } = room;
  if (how === "renew" && !(await isToEnd(desk, roomId))) return;
  const answer = await desk.ask("room.link", how === "renew" ? { roomId, renew: true } : { roomId });
  if (answer === undefined) return;
  const { link, qr: wanted, renew } = say().commands;
  if (how === "renew") desk.print(info(renew.ended));
  // Who asks for the code itself gets it, also where lines are read aloud.
  const look = how === "qr" ? { ...desk.screen.look, byEar: false } : desk.screen.look;
  const qr = qrCode(answer.link, look, desk.screen.size(), 4);
  if (qr.type === "none" && how === "qr") desk.print(info(wanted.needsTerminal));
  if (qr.type === "lines") desk.print(...qr.lines);
  if (qr.type === "too-small") desk.print(info(link.qrTooLarge(qr.columns, qr.rows)));
  desk.print([answer.link]);
}
