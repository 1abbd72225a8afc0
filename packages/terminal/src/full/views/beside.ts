/** What stands beside a text: the sign of a selected message or a mention, the time, the name, how far an own one got. */
import { sanitiseName } from "@sotto/wire";
import type { TimelineItem } from "../state.ts";
import type { Style, Theme } from "../theme.ts";
import type { Brush } from "./brush.ts";
import { fit } from "./fit.ts";
import { nameOf } from "./frame.ts";
import { within } from "./over.ts";
import { isOwn } from "./rows.ts";
import { timeOf } from "./scroll.ts";
import { timeText } from "./times.ts";

const SIGNS = {
  selected: "▌",
  found: "▸",
  mention: "!",
  doubt: "⚠",
  continued: "│",
  sent: "✓",
  waiting: "…",
  failed: "✗",
};

/** @param ground - what a selected row looks like; undefined: it is not selected. */
export function drawGutter(
  { canvas, state, theme, layout, frame }: Brush,
  row: number,
  item: TimelineItem,
  ground?: Style,
): void {
  if (frame.gutter === 0) return;
  const { column } = layout.timeline;
  if (ground !== undefined) canvas.put(row, column, SIGNS.selected, ground, column + 1);
  else if (state.open?.found === item.key) canvas.put(row, column, SIGNS.found, theme.style("match"), column + 1);
  else if (item.type === "message" && item.mention) {
    canvas.put(row, column, SIGNS.mention, theme.style("mention"), column + 1);
  }
}

/** The time and the name, with a sign if the person is in doubt. */
export function drawHead(brush: Brush, row: number, item: TimelineItem, ground?: Style): void {
  const { canvas, state, theme, layout, frame } = brush;
  const on = (style: Style): Style => (ground === undefined ? style : within(ground, style));
  const left = layout.timeline.column;
  const start = left + frame.nameColumn;
  if (frame.hasTime) {
    const time = timeText(timeOf(item), layout.options.utc);
    canvas.put(row, left + frame.gutter, time, on(theme.style("time")), start);
  }
  if (frame.nameColumns === 0) return;
  const until = left + frame.textColumn;
  canvas.put(row, start, fit(sanitiseName(nameOf(item)), frame.nameColumns), on(nameStyle(item, theme)), until);
  if (item.type !== "message" || state.people.get(item.senderId)?.doubt === undefined) return;
  // One column for all of them, so that they stand below each other.
  canvas.put(row, start + frame.signColumn, SIGNS.doubt, on(theme.style("warning")), until);
}

/** Below the name: the row belongs to the message above, whatever its text looks like. */
export function drawContinued({ canvas, theme, layout, frame }: Brush, row: number, ground?: Style): void {
  if (frame.nameColumns === 0) return;
  const { column } = layout.timeline;
  const style = theme.style("rule");
  const on = ground === undefined ? style : within(ground, style);
  canvas.put(row, column + frame.nameColumn, SIGNS.continued, on, column + frame.textColumn);
}

export function drawProgress(
  { canvas, theme, layout, frame }: Brush,
  row: number,
  item: TimelineItem,
  ground?: Style,
): void {
  if (frame.stateColumns === 0 || !isOwn(item)) return;
  const end = layout.timeline.column + frame.width;
  const { sign, style } = progressOf(item, theme);
  canvas.put(row, end - 1, sign, ground === undefined ? style : within(ground, style), end);
}

function nameStyle(item: TimelineItem, theme: Theme): Style {
  if (isOwn(item)) return theme.style("own");
  if (item.type === "message") return theme.nick(item.senderId);
  return theme.style(item.type === "event" ? "event" : "info");
}

function progressOf(item: TimelineItem, theme: Theme): { readonly sign: string; readonly style: Style } {
  if (item.type === "waiting") return { sign: SIGNS.waiting, style: theme.style("dim") };
  if (item.type === "failed") return { sign: SIGNS.failed, style: theme.style("error") };
  return { sign: SIGNS.sent, style: theme.style("ok") };
}
