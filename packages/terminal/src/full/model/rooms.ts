/** The rooms of the list: their numbers, and where something is unread. */
import type { RoomLine } from "@sotto/core";
import { roomsOf } from "../../plain/rooms.ts";
import type { Person, RoomState } from "../state.ts";

/** What is known of rooms beside the engine's list. */
export interface RoomFacts {
  readonly muted: ReadonlySet<string>;
  readonly drafts: ReadonlySet<string>;
  readonly people: ReadonlyMap<string, Person>;
}

/** The list after the engine told it anew: who was in it keeps the number, who comes gets the lowest that is free. */
export function roomsAfter(
  before: readonly RoomState[],
  lines: readonly RoomLine[],
  { muted, drafts, people }: RoomFacts,
): readonly RoomState[] {
  const known = new Map(before.map((room) => [room.roomId, room]));
  const { tags } = roomsOf(lines);
  const taken = new Set(lines.flatMap(({ roomId }) => known.get(roomId)?.number ?? []));
  // The first of a name is the one that this device knew first: a relay that lists another one under it changes nothing.
  const ids = new Map([...people.values()].reverse().map(({ username, accountId }) => [username, accountId]));
  let free = 1;
  const numberOf = (roomId: string): number => {
    const old = known.get(roomId)?.number;
    if (old !== undefined) return old;
    while (taken.has(free)) free++;
    taken.add(free);
    return free;
  };
  const rooms = lines.map(({ roomId, name, kind, unread, members }): RoomState => {
    return {
      roomId,
      number: numberOf(roomId),
      kind,
      tag: tags.get(roomId) ?? "",
      unread,
      mentions: unread === 0 ? 0 : Math.min(unread, known.get(roomId)?.mentions ?? 0),
      members,
      muted: muted.has(roomId),
      hasDraft: drafts.has(roomId),
      peer: kind === "direct" ? (ids.get(name) ?? known.get(roomId)?.peer) : undefined,
    };
  });
  return rooms.sort((left, right) => left.number - right.number);
}

export function roomOf(rooms: readonly RoomState[], roomId: string | undefined): RoomState | undefined {
  return roomId === undefined ? undefined : rooms.find((room) => room.roomId === roomId);
}

/** One room changed, the others as they are. */
export function withRoom(
  rooms: readonly RoomState[],
  roomId: string,
  change: (room: RoomState) => RoomState,
): readonly RoomState[] {
  return rooms.map((room) => (room.roomId === roomId ? change(room) : room));
}

/** The room `step` places on in the list, around its ends. */
export function neighbour(rooms: readonly RoomState[], open: string | undefined, step: 1 | -1): RoomState | undefined {
  const at = rooms.findIndex((room) => room.roomId === open);
  if (at < 0) return rooms.at(step === 1 ? 0 : -1);
  return rooms.at((at + step) % rooms.length);
}

/** What stands in the title of the window: conversations that ask for a look. */
export function unreadTotal(rooms: readonly RoomState[]): number {
  return rooms.reduce((sum, { unread, mentions, muted }) => sum + (muted ? mentions : unread), 0);
}
