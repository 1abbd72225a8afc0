/** The line above the composer: what waits elsewhere, the connection, what is wrong, where Alt-a leads. */
import { sanitiseName } from "@sotto/wire";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import { spoken } from "../overlays/rows.ts";
import type { State } from "../state.ts";
import type { Role, Theme } from "../theme.ts";
import { drawPieces } from "./draw-pieces.ts";
import { columnsOf, fit } from "./fit.ts";
import type { ViewOptions } from "./layout.ts";
import { over } from "./over.ts";
import { lineRows } from "./rows.ts";
import { othersIn } from "./title.ts";
import { shortTag, unreadCount, unreadRooms } from "./unread.ts";

interface Part {
  readonly text: string;
  readonly role: Role;
}

const GAP = " │ ";

export function drawStatus(canvas: Canvas, state: State, theme: Theme, area: Area, options: ViewOptions): void {
  const bar = theme.style("bar");
  canvas.fill(area, bar);
  const pad = area.columns >= 16 ? 1 : 0;
  const start = area.column + pad;
  const end = area.column + area.columns - pad;
  const parts = fitted(state, end - start);
  let at = start;
  parts.forEach((part, index) => {
    if (index > 0) at = canvas.put(area.row, at, GAP, bar, end);
    at = canvas.put(area.row, at, fit(part.text, end - at), over(bar, theme.style(part.role)), end);
  });
  const next = nextText(state, options);
  if (next !== "" && at + 2 + columnsOf(next) <= end) {
    canvas.put(area.row, end - columnsOf(next), next, over(bar, theme.style("bar-strong")), end);
  }
}

/** As much as there is room for. What is wrong comes before what waits, and that before what is well. */
function fitted(state: State, columns: number): readonly Part[] {
  const connection = connectionPart(state);
  const trouble = troublePart(state);
  const quiet: Part[] = state.doNotDisturb ? [{ text: say().bars.doNotDisturb, role: "bar" }] : [];
  const well: Part = { text: say().bars.encrypted, role: "bar" };
  const known: Part[] = [connection, ...(trouble === undefined ? [] : [trouble]), ...quiet];
  const isWell = trouble === undefined && state.open !== undefined && state.connection.state === "online";
  const withWell = isWell ? [{ ...connection, text: `${connection.text} · ${well.text}` }, ...quiet] : known;
  const urgent = trouble === undefined ? [connection] : [connection, trouble];
  for (const chosen of [withWell, known, urgent, [connection]]) {
    const left = columns - widthOf(chosen);
    const unread = unreadPart(state, left - columnsOf(GAP));
    if (unread !== undefined) return [unread, ...chosen];
    if (left >= 0 && (unreadRooms(state).length === 0 || chosen.length === 1)) return chosen;
  }
  return [state.connection.state === "online" ? (trouble ?? connection) : connection];
}

function widthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { text }) => sum + columnsOf(text), 0) + columnsOf(GAP) * (parts.length - 1);
}

/** `2:ops 17! 5:family 3 +4`: as many as fit, the most urgent first. */
function unreadPart(state: State, columns: number): Part | undefined {
  const rooms = unreadRooms(state);
  const role: Role = rooms.some(({ mentions }) => mentions > 0) ? "mention" : "unread";
  for (let count = Math.min(4, rooms.length); count > 0; count--) {
    const shown = rooms.slice(0, count).map((room) => `${room.number}:${fit(shortTag(room), 12)} ${unreadCount(room)}`);
    const rest = rooms.length > count ? ` +${rooms.length - count}` : "";
    const text = `${shown.join(" ")}${rest}`;
    if (columnsOf(text) <= columns) return { text, role };
  }
  return undefined;
}

function connectionPart({ connection, waiting, now }: State): Part {
  const words = say().bars;
  const queue = waiting > 0 ? ` · ${words.waiting(waiting)}` : "";
  switch (connection.state) {
    case "online":
      return { text: `${words.connected}${queue}`, role: "bar" };
    case "dialing":
    case "handshake":
      return { text: `${words.connecting}${queue}`, role: "bar" };
    case "offline": {
      const { halt, retryAt } = connection;
      if (halt !== undefined) return { text: `✗ ${words.notConnected(halt.what)}${queue}`, role: "error" };
      const wait = retryAt === undefined ? "" : ` · ${words.nextTry(Math.max(0, Math.ceil((retryAt - now) / 1000)))}`;
      return { text: `${words.offline}${wait}${queue}`, role: "warning" };
    }
  }
}

/** What the person has to look at: warnings of the engine, then people in doubt in the open conversation. */
function troublePart(state: State): Part | undefined {
  const words = say().bars;
  for (const warning of state.warnings.toReversed()) {
    if (warning.code === "log-forked" && warning.roomId !== undefined && warning.roomId !== state.open?.roomId)
      continue;
    if (warning.code === "log-forked" || warning.code === "relay-rolled-back" || warning.code === "relay-lies") {
      return { text: `⚠ ${words.warning[warning.code]}`, role: "error" };
    }
  }
  const doubtful = othersIn(state).find(({ doubt }) => doubt !== undefined);
  if (doubtful === undefined) return undefined;
  return { text: `⚠ ${words.nothingSentTo(sanitiseName(doubtful.username))}`, role: "warning" };
}

/** `Alt-a ▸ ops` */
function nextText(state: State, { keys }: ViewOptions): string {
  const next = unreadRooms(state)[0];
  const key = keys.keyOf("next-unread");
  return next === undefined || key === "" ? "" : `${key} ▸ ${fit(shortTag(next), 16)}`;
}

/** A line that goes away by itself stands over the status. */
export function drawToast(canvas: Canvas, state: State, theme: Theme, area: Area): boolean {
  if (state.toast === undefined) return false;
  const bar = theme.style("bar");
  canvas.fill(area, bar);
  const [row = []] = lineRows([area.columns >= 16 ? " " : "", ...spoken(state.toast.line)], "bar-strong", 1000);
  drawPieces(canvas, area.row, area.column, row, theme, area.column + area.columns, (style) => over(bar, style));
  return true;
}
