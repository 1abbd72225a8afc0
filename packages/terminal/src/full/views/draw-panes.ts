/** Draws the panes beside the conversation. What a colour says, a sign or a word says too. */
import { sanitiseName } from "@sotto/wire";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Member, Person, RoomState, State } from "../state.ts";
import type { Role, Theme } from "../theme.ts";
import { columnsOf, fit } from "./fit.ts";
import { memberLines, type PaneLine, paneRows, roomLines } from "./panes.ts";
import { unreadCount } from "./unread.ts";

export function drawRooms(canvas: Canvas, state: State, theme: Theme, area: Area, key: string): void {
  drawLines(canvas, state, theme, area, roomLines(state, paneRows(area)));
  drawHides(canvas, theme, area, key);
}

export function drawMembers(canvas: Canvas, state: State, theme: Theme, area: Area, key: string): void {
  const inner = { ...area, column: area.column + 1, columns: area.columns - 1 };
  drawLines(canvas, state, theme, inner, memberLines(state, paneRows(area)));
  drawHides(canvas, theme, area, key);
}

function drawHides(canvas: Canvas, theme: Theme, area: Area, key: string): void {
  if (key === "" || paneRows(area) === area.rows) return;
  const end = area.column + area.columns;
  canvas.put(area.row + area.rows - 1, area.column + 1, say().bars.hides(key), theme.style("hint"), end);
}

function drawLines(canvas: Canvas, state: State, theme: Theme, area: Area, lines: readonly PaneLine[]): void {
  const end = area.column + area.columns;
  lines.forEach((line, index) => {
    const row = area.row + index;
    const place = { canvas, theme, row, start: area.column, end };
    switch (line.type) {
      case "heading":
        canvas.put(row, area.column + (area.columns > 22 ? 1 : 0), line.text, theme.style("title"), end);
        break;
      case "more":
        canvas.put(row, area.column + 1, say().bars.more(line.count), theme.style("dim"), end);
        break;
      case "room":
        drawRoom(place, state, line.room);
        break;
      case "person":
        drawEntry(
          { ...place, start: area.column + 4 },
          presence(line.person),
          sanitiseName(line.person.username),
          "text",
          [],
        );
        break;
      case "member":
        drawMember(place, state, line.member, line.person);
    }
  });
}

/** One row of a pane. */
interface Place {
  readonly canvas: Canvas;
  readonly theme: Theme;
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/** A word or a sign at the right; words go first where there is no room for all. */
interface Tail {
  readonly text: string;
  readonly role: Role;
}

/** `▌ 2 ● alice ✔       3 !` */
function drawRoom(place: Place, state: State, room: RoomState): void {
  const { canvas, theme, row, start, end } = place;
  const isOpen = room.roomId === state.open?.roomId;
  const isLoud = room.unread > 0 && !room.muted;
  const role: Role = isOpen
    ? "selected"
    : isLoud
      ? room.mentions > 0
        ? "mention"
        : "unread"
      : room.muted
        ? "dim"
        : "text";
  if (isOpen) canvas.put(row, start, "▌", theme.style("selected"), end);
  if (room.number <= 99) canvas.put(row, start + 1, String(room.number).padStart(2), theme.style("dim"), end);
  const peer = room.peer === undefined ? undefined : state.people.get(room.peer);
  const words = say().bars;
  const tails: Tail[] = [
    ...(room.unread > 0 ? [{ text: unreadCount(room), role }] : []),
    ...(room.hasDraft ? [{ text: "✎", role: "dim" as const }] : []),
    ...trust(peer),
    ...(room.muted ? [{ text: words.muted, role: "dim" as const }] : []),
  ];
  const isDirect = room.kind === "direct";
  const name = isDirect ? room.tag.replace(/^@/, "") : room.tag;
  drawEntry({ ...place, start: start + 4 }, isDirect ? presence(peer) : "", name, role, tails);
}

function drawMember(place: Place, state: State, member: Member, person: Person | undefined): void {
  const words = say().bars;
  const isMe = member.accountId === state.me.accountId;
  const role: Role = person?.doubt === undefined ? "text" : "warning";
  const tails: Tail[] = [
    ...(isMe ? [{ text: words.you, role: "dim" as const }] : trust(person)),
    ...(member.role === "owner" ? [{ text: words.owner, role: "dim" as const }] : []),
    ...(person?.doubt === undefined ? [] : [{ text: words.doubt[person.doubt], role: "warning" as const }]),
    ...(person?.online === false && !isMe ? [{ text: words.isOffline, role: "dim" as const }] : []),
  ];
  drawEntry(place, isMe ? "●" : presence(person), sanitiseName(member.username), role, tails);
}

/** A sign, a name, and behind it as many of the tails as there is room for, at the right edge. */
function drawEntry(place: Place, sign: string, name: string, role: Role, tails: readonly Tail[]): void {
  const { canvas, theme, row, start, end } = place;
  const at = sign === "" ? start : canvas.put(row, start, `${sign} `, theme.style(sign === "●" ? "ok" : "dim"), end);
  const chosen: Tail[] = [];
  // A name keeps eight columns; what does not fit beside them is left out.
  let left = end - 1 - at - Math.min(8, columnsOf(name));
  for (const tail of tails) {
    const width = columnsOf(tail.text) + 1;
    if (width > left) continue;
    left -= width;
    chosen.push(tail);
  }
  let right = end - 1;
  for (const tail of chosen) {
    right -= columnsOf(tail.text);
    canvas.put(row, right, tail.text, theme.style(tail.role), end);
    right -= 1;
  }
  canvas.put(row, at, fit(name, right - at), theme.style(role), end);
}

function presence(person: Person | undefined): string {
  return person?.online === undefined ? " " : person.online ? "●" : "○";
}

function trust(person: Person | undefined): readonly Tail[] {
  if (person?.doubt !== undefined) return [{ text: "⚠", role: "warning" }];
  return person?.verified ? [{ text: "✔", role: "ok" }] : [];
}
