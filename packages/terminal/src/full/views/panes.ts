/** What the panes beside the conversation list, row by row: drawn from it, and asked for what the mouse points at. */
import { say } from "../../text/index.ts";
import type { Area } from "../canvas.ts";
import type { Member, Person, RoomState, State } from "../state.ts";
import type { Layout } from "./layout.ts";

export type PaneLine =
  | { readonly type: "heading"; readonly text: string }
  | { readonly type: "room"; readonly room: RoomState }
  /** Somebody who is there and with whom there is no conversation yet. */
  | { readonly type: "person"; readonly person: Person }
  | { readonly type: "member"; readonly member: Member; readonly person: Person | undefined }
  | { readonly type: "more"; readonly count: number };

/** Unread, people, rooms, and who else is there; as many rows as there are, the open conversation among them. */
export function roomLines(state: State, rows: number): readonly PaneLine[] {
  const words = say().bars;
  const openId = state.open?.roomId;
  // The open conversation stays where it is while its own messages come in.
  const isUnread = (room: RoomState): boolean => room.unread > 0 && !room.muted && room.roomId !== openId;
  const rest = state.rooms.filter((room) => !isUnread(room));
  const lines = [
    ...section(words.unreadRooms, state.rooms.filter(isUnread)),
    ...section(
      words.people,
      rest.filter(({ kind }) => kind === "direct"),
    ),
    ...section(
      words.rooms,
      rest.filter(({ kind }) => kind === "room"),
    ),
  ];
  const openLine = lines.findIndex((line) => line.type === "room" && line.room.roomId === openId);
  const left = rows - lines.length;
  const strangers = left > 1 ? strangersOf(state) : [];
  const withStrangers: readonly PaneLine[] =
    strangers.length === 0
      ? lines
      : [
          ...lines,
          { type: "heading", text: words.online },
          ...strangers.map((person) => ({ type: "person" as const, person })),
        ];
  return clipped(withStrangers, rows, openLine);
}

function section(text: string, rooms: readonly RoomState[]): readonly PaneLine[] {
  return rooms.length === 0
    ? []
    : [{ type: "heading", text }, ...rooms.map((room) => ({ type: "room" as const, room }))];
}

function strangersOf(state: State): readonly Person[] {
  const known = new Set(state.rooms.map(({ peer }) => peer));
  return [...state.people.values()]
    .filter(({ accountId, online }) => online === true && accountId !== state.me.accountId && !known.has(accountId))
    .sort((a, b) => (a.username < b.username ? -1 : 1));
}

export function memberLines(state: State, rows: number): readonly PaneLine[] {
  const members = state.open?.members ?? [];
  const lines = [...members]
    .sort((a, b) => (a.username < b.username ? -1 : a.username > b.username ? 1 : 0))
    .map((member) => ({ type: "member" as const, member, person: state.people.get(member.accountId) }));
  return clipped([{ type: "heading", text: say().bars.members(members.length) }, ...lines], rows, -1);
}

/** So many of the lines that `rows` hold them, with the one at `wanted` among them; the first and the last say what is left out. */
function clipped(lines: readonly PaneLine[], rows: number, wanted: number): readonly PaneLine[] {
  if (lines.length <= rows) return lines;
  if (rows < 3) return lines.slice(0, Math.max(0, rows));
  const from = wanted < rows - 1 ? 0 : Math.min(wanted - (rows >> 1), lines.length - rows);
  const shown = lines.slice(from, from + rows);
  const above = from === 0 ? 0 : from + 1;
  const below = from + rows === lines.length ? 0 : lines.length - from - rows + 1;
  return shown.map((line, index) => {
    if (index === 0 && above > 0) return { type: "more", count: above };
    return index === rows - 1 && below > 0 ? { type: "more", count: below } : line;
  });
}

/** Rows of a pane for its lines: the last one is for the key that hides it. */
export function paneRows(area: Area): number {
  return area.rows >= 4 ? area.rows - 1 : area.rows;
}

/** For the mouse: what a pane has in that place of the screen. */
export function paneLineAt(
  state: State,
  { rooms, members }: Layout,
  row: number,
  column: number,
): PaneLine | undefined {
  if (rooms !== undefined && column < rooms.columns) return roomLines(state, paneRows(rooms))[row - rooms.row];
  if (members !== undefined && column >= members.column)
    return memberLines(state, paneRows(members))[row - members.row];
  return undefined;
}
