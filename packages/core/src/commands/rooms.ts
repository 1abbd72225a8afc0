/** Commands about rooms and their links. */
import { type Code, equalBytes, formatLink, isRoomName, type Link, parseLink, type RoomId } from "@sotto/wire";
import type { Params } from "../api.ts";
import { operate } from "../commits.ts";
import { leaves, roomInfo } from "../group/index.ts";
import { answerWhenSent, enqueue } from "../outbox.ts";
import { createRoom, relayLink, roomLink } from "../rooms/enter.ts";
import { type JoinFault, joinRoom } from "../rooms/join.ts";
import { owners } from "../rooms/judge.ts";
import { leaveRoom } from "../rooms/leave.ts";
import { nameOf } from "../rooms/names.ts";
import { whenOnline } from "../session.ts";
import type { Operation, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { accountsOf, isOwner, roomOf } from "./views.ts";

export async function create(turn: Turn, command: number, { name }: Params<"room.create">): Promise<void> {
  if (!isRoomName(name)) return turn.refuse(command, "bad-name");
  await whenOnline(turn, async (later, fault) =>
    fault === undefined ? createRoom(later, name, command) : later.refuse(command, fault),
  );
}

/** By its key where both are known; else by the place that this device dials, or that the relay says is its own. */
function isOfThisRelay(turn: Turn, { host, port, pin }: Link): boolean {
  if (pin !== undefined && turn.me.pin !== undefined) return equalBytes(pin, turn.me.pin);
  return [turn.me, relayLink(turn)].some((place) => place.host === host && place.port === port);
}

export async function join(turn: Turn, command: number, params: Params<"room.join">): Promise<void> {
  const wanted = parseLink(params.link);
  if (wanted?.room === undefined) return turn.refuse(command, "bad-link");
  if (!isOfThisRelay(turn, wanted)) return turn.refuse(command, "wrong-pin");
  const known = turn.room(wanted.room.id);
  if (known?.status === "member" && known.astray === undefined)
    return turn.answer(command, { roomId: known.room, name: nameOf(turn, known) });
  const { id: room, secret } = wanted.room;
  const done = async (later: Turn, fault: JoinFault | undefined) => {
    const joined = later.room(room);
    if (fault !== undefined) later.refuse(command, fault.code, fault.retryMs, fault.message);
    else later.answer(command, { roomId: room, name: joined === undefined ? "" : nameOf(later, joined) });
  };
  await whenOnline(turn, async (later, fault) =>
    fault === undefined ? joinRoom(later, { room, secret, byItself: false, done }) : later.refuse(command, fault),
  );
}

export async function link(turn: Turn, command: number, params: Params<"room.link">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  if (room.kind === "direct") return turn.refuse(command, "not-allowed");
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    if (params.renew) {
      if (!isOwner(later, room)) return later.refuse(command, "not-allowed");
      return operate(later, room.room, renewal(room.room, command));
    }
    answerLink(later, room.room, command, undefined);
  });
}

function answerLink(turn: Turn, id: RoomId, command: number, fault: Code | undefined): void {
  const secret = turn.room(id)?.secret;
  if (fault !== undefined) return turn.refuse(command, fault);
  if (secret === undefined)
    return turn.refuse(command, "not-allowed", undefined, "the link's new secret has not come yet");
  turn.answer(command, { link: formatLink(roomLink(turn, id, secret)) });
}

function renewal(id: RoomId, command: number): Operation {
  return {
    name: "renew",
    plan: async () => ({ adds: [], removes: [], renew: true }),
    finished: async (turn, fault) => answerLink(turn, id, command, fault),
  };
}

export async function leave(turn: Turn, command: number, id: string): Promise<void> {
  const room = roomOf(turn, command, id);
  if (room === undefined) return;
  if (room.kind === "direct") return turn.refuse(command, "not-allowed");
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    // Out of step, nobody would read it: the room is left here alone.
    if (room.astray !== undefined) {
      await leaveRoom(later, room.room);
      return later.answer(command, {});
    }
    if (accountsOf(room).size === 1) return operate(later, room.room, closing(room.room, command));
    sayLeave(later, room, command);
  });
}

function sayLeave(turn: Turn, room: Room, command: number): void {
  const intent = enqueue(turn, room, { type: "leave" });
  answerWhenSent(turn, intent.id, command);
  turn.attend(room.room);
}

/** Who goes last turns the link off first: nobody would be there to take the leaver out when somebody came by it. */
function closing(id: RoomId, command: number): Operation {
  return {
    name: "close",
    plan: async (_turn, room) => {
      const info = room.group && roomInfo(room.group);
      const isOpen = info?.kind === "room" && info.linkKey !== undefined && accountsOf(room).size === 1;
      return isOpen ? { adds: [], removes: [], renew: false, off: true } : "done";
    },
    finished: async (turn, fault) => {
      const room = turn.room(id);
      if (fault !== undefined || room === undefined) return turn.settle(command, fault);
      sayLeave(turn, room, command);
    },
  };
}

export async function listRooms(turn: Turn, command: number): Promise<void> {
  const lines = [...turn.state.rooms.values()].filter((room) => room.status === "member");
  turn.answer(
    command,
    lines.map((room) => ({
      roomId: room.room,
      name: nameOf(turn, room),
      kind: room.kind,
      unread: [...room.unread.values()].reduce((sum, count) => sum + count, 0),
      members: accountsOf(room).size,
    })),
  );
}

export async function members(turn: Turn, command: number, params: Params<"room.members">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  const all = room?.group && leaves(room.group);
  const info = room?.group && roomInfo(room.group);
  if (room === undefined || all === undefined || info === undefined) return;
  const owning = owners(info);
  const lines = [...accountsOf(room)].map((accountId) => ({
    username: turn.nameOf(accountId),
    accountId,
    role: owning.includes(accountId) ? "owner" : "member",
  }));
  turn.answer(command, lines);
}
