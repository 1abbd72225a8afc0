/** Draws the conversation: who, when, what, and how far an own message got. */
import { sanitiseName } from "@sotto/wire";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { State, TimelineItem } from "../state.ts";
import type { Style, Theme } from "../theme.ts";
import { drawPieces } from "./draw-pieces.ts";
import { columnsOf, fit } from "./fit.ts";
import { type Frame, frameOf, itemsOf, nameOf } from "./frame.ts";
import type { Layout } from "./layout.ts";
import { isOwn } from "./rows.ts";
import { type Separator, type Shown, timeOf, visible } from "./scroll.ts";
import { dayText, timeText } from "./times.ts";
import { drawWelcome } from "./welcome.ts";

export const SIGNS = { selected: "▌", mention: "!", doubt: "⚠", continued: "│", sent: "✓", waiting: "…", failed: "✗" };

interface Brush {
  readonly canvas: Canvas;
  readonly state: State;
  readonly theme: Theme;
  readonly layout: Layout;
  readonly frame: Frame;
}

export function drawTimeline(canvas: Canvas, state: State, theme: Theme, layout: Layout): void {
  const brush = { canvas, state, theme, layout, frame: frameOf(state, layout) };
  const view = visible(state, layout);
  const items = itemsOf(state);
  drawWelcome(canvas, state, theme, layout, view.shown[0]?.row);
  for (const shown of view.shown) {
    for (let at = 0; at < shown.rows; at++) {
      const index = shown.above + at;
      const row = shown.row + at;
      const separator = shown.separators[index];
      const text = index - shown.separators.length;
      if (separator !== undefined) drawSeparator(brush, row, separator, shown.item);
      else drawRow(brush, row, shown, text, items[shown.index - 1], row === layout.timeline.row);
    }
  }
  if (!view.isAtBottom || state.open?.scroll.type === "at") drawBelow(brush);
}

/** `──── Sat 21 Nov ────`, `──── 3 new ────` */
function drawSeparator(
  { canvas, state, theme, layout, frame }: Brush,
  row: number,
  what: Separator,
  item: TimelineItem,
): void {
  const { column } = layout.timeline;
  const words =
    what === "day"
      ? dayText(timeOf(item), state.now, layout.options.utc)
      : say().timeline.new(state.open?.newCount ?? 0);
  const start = column + frame.gutter;
  const end = column + frame.width;
  const rule = theme.style(what === "day" ? "rule" : "marker");
  canvas.fill({ row, column: start, rows: 1, columns: end - start }, rule, "─");
  const text = ` ${fit(words, Math.max(1, end - start - 2))} `;
  canvas.put(row, start + Math.max(0, (end - start - columnsOf(text)) >> 1), text, rule, end);
}

/** @param isTop - the first row in view says whose it is, even if it is in the middle of a message. */
function drawRow(
  brush: Brush,
  row: number,
  { item, text, separators }: Shown,
  index: number,
  before: TimelineItem | undefined,
  isTop: boolean,
): void {
  const { canvas, state, theme, layout, frame } = brush;
  const left = layout.timeline.column;
  const isSelected = state.open?.selected === item.key;
  drawGutter(brush, row, item, isSelected);
  const isHead = index === 0 && (separators.length > 0 || !continues(item, before, layout.options.utc));
  if (isHead || isTop || (isSelected && index === 0)) drawHead(brush, row, item);
  else if (index > 0 && frame.nameColumns > 0) {
    canvas.put(row, left + frame.nameColumn, SIGNS.continued, theme.style("rule"), left + frame.textColumn);
  }
  const end = left + frame.width;
  drawPieces(canvas, row, left + frame.textColumn, text[index] ?? [], theme, end, isSelected);
  if (index === 0 && frame.stateColumns > 0 && isOwn(item)) {
    const { sign, style } = stateOf(item, theme);
    canvas.put(row, end - 1, sign, style, end);
  }
}

/** The name and the minute are the same as above, so they are not said again. */
function continues(item: TimelineItem, before: TimelineItem | undefined, utc: boolean): boolean {
  if (before === undefined || senderOf(item) !== senderOf(before)) return false;
  return timeText(timeOf(item), utc) === timeText(timeOf(before), utc);
}

function senderOf(item: TimelineItem): string {
  if (item.type === "message") return item.own ? "own" : `of ${item.senderId}`;
  return isOwn(item) ? "own" : item.type;
}

function drawGutter(
  { canvas, theme, layout, frame }: Brush,
  row: number,
  item: TimelineItem,
  isSelected: boolean,
): void {
  if (frame.gutter === 0) return;
  const { column } = layout.timeline;
  if (isSelected) canvas.put(row, column, SIGNS.selected, theme.style("selected"), column + 1);
  else if (item.type === "message" && item.mention) {
    canvas.put(row, column, SIGNS.mention, theme.style("mention"), column + 1);
  }
}

function drawHead({ canvas, state, theme, layout, frame }: Brush, row: number, item: TimelineItem): void {
  const left = layout.timeline.column;
  if (frame.hasTime) {
    canvas.put(
      row,
      left + frame.gutter,
      timeText(timeOf(item), layout.options.utc),
      theme.style("time"),
      left + frame.nameColumn,
    );
  }
  if (frame.nameColumns === 0) return;
  const start = left + frame.nameColumn;
  const end = canvas.put(
    row,
    start,
    fit(sanitiseName(nameOf(item)), frame.nameColumns),
    nameStyle(item, theme),
    left + frame.textColumn,
  );
  const isInDoubt = item.type === "message" && state.people.get(item.senderId)?.doubt !== undefined;
  // One column behind the names, so that the signs stand below each other.
  const signColumn =
    start + frame.nameColumns + (frame.textColumn - frame.nameColumn - frame.nameColumns === 3 ? 1 : 0);
  if (isInDoubt)
    canvas.put(row, Math.max(end, signColumn), SIGNS.doubt, theme.style("warning"), left + frame.textColumn);
}

function nameStyle(item: TimelineItem, theme: Theme): Style {
  if (isOwn(item)) return theme.style("own");
  if (item.type === "message") return theme.nick(item.senderId);
  return theme.style(item.type === "event" ? "event" : "info");
}

function stateOf(item: TimelineItem, theme: Theme): { readonly sign: string; readonly style: Style } {
  if (item.type === "waiting") return { sign: SIGNS.waiting, style: theme.style("dim") };
  if (item.type === "failed") return { sign: SIGNS.failed, style: theme.style("error") };
  return { sign: SIGNS.sent, style: theme.style("ok") };
}

/** `↓ 5 new · End` */
function drawBelow({ canvas, state, theme, layout, frame }: Brush): void {
  const area: Area = layout.timeline;
  if (area.rows < 2 || state.open === undefined) return;
  const words = say().timeline;
  const count = state.open.newBelow;
  const key = layout.options.keys.keyOf("scroll-end");
  const text = ` ${count > 0 ? words.newBelow(count) : words.moreBelow}${key === "" ? "" : ` · ${key}`} `;
  const row = area.row + area.rows - 1;
  const style = theme.style(count > 0 ? "unread" : "hint");
  const shown = fit(text, frame.width);
  canvas.put(row, area.column + frame.width - columnsOf(shown), shown, style, area.column + frame.width);
}
