/** The rooms as a person names them: `#general`, `@alice`. */
import type { RoomLine } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import { lookOf } from "./look-alike.ts";

export interface Rooms {
  readonly all: readonly RoomLine[];
  /** By room id. */
  readonly tags: ReadonlyMap<string, string>;
}

export const NO_ROOMS: Rooms = { all: [], tags: new Map() };

/**
 * Tags are one word without a colon and without our signs, so that a room's name cannot pass for a sender, a time or a
 * state; rooms of one name, or of names that look alike, get the start of their id behind it.
 */
export function roomsOf(all: readonly RoomLine[]): Rooms {
  const plain = new Map(all.map((room) => [room.roomId, plainTag(room)]));
  const uses = new Map<string, number>();
  const looks = new Map(Array.from(plain.values(), (tag) => [tag, lookOf(tag)]));
  for (const tag of plain.values()) {
    const look = looks.get(tag) ?? "";
    uses.set(look, (uses.get(look) ?? 0) + 1);
  }
  const tags = new Map<string, string>();
  for (const [roomId, tag] of plain) {
    tags.set(roomId, (uses.get(looks.get(tag) ?? "") ?? 0) > 1 ? `${tag}~${roomId.slice(0, 4)}` : tag);
  }
  return { all, tags };
}

/** For a room that is not in the list any more. */
export function tagOf(rooms: Rooms, roomId: string): string {
  return rooms.tags.get(roomId) ?? `#${roomId.slice(0, 8)}`;
}

export type Found =
  | { readonly type: "room"; readonly room: RoomLine }
  | { readonly type: "several"; readonly tags: readonly string[] }
  | { readonly type: "none" };

/** By tag (`#general`, `@alice`), id, or name without a sign when only one room has it. */
export function findRoom(rooms: Rooms, word: string): Found {
  const wanted = word.trim().toLowerCase();
  // Anybody may call a room "@alice", and add others to it: what is meant for her must not go there.
  const isPerson = wanted.startsWith("@");
  const found = rooms.all.filter((room) => {
    if (isPerson && room.kind !== "direct") return false;
    const tag = rooms.tags.get(room.roomId)?.toLowerCase() ?? "";
    const named = plainTag(room).toLowerCase();
    const names = [room.roomId, tag, named, tag.slice(1), named.slice(1), sanitiseName(room.name).toLowerCase()];
    return names.includes(wanted);
  });
  const [first] = found;
  if (first === undefined) return { type: "none" };
  if (found.length === 1) return { type: "room", room: first };
  return { type: "several", tags: found.map((room) => tagOf(rooms, room.roomId)) };
}

/** Spaces, one that looks like none of them, and what stands between or for states on a screen of ours. */
const NOT_IN_TAGS = /[\s:\u2800·•│┃|→▸▌●○✔✓✅✗✘⚠🔒🔓🔐]+/gu;

function plainTag(room: RoomLine): string {
  const name = sanitiseName(room.name).replace(NOT_IN_TAGS, "-");
  return room.kind === "direct" ? `@${name}` : `#${name}`;
}
