/** Draws the conversation: who, when, what, and how far an own message got. */
import { isEmpty } from "../../screen/composer.ts";
import { say } from "../../text/index.ts";
import type { Canvas } from "../canvas.ts";
import type { OpenRoom, State, TimelineItem } from "../state.ts";
import type { Style, Theme } from "../theme.ts";
import { drawContinued, drawGutter, drawHead, drawProgress } from "./beside.ts";
import type { Brush } from "./brush.ts";
import { drawPieces } from "./draw-pieces.ts";
import { columnsOf, fit } from "./fit.ts";
import { frameOf, itemsOf } from "./frame.ts";
import type { Layout } from "./layout.ts";
import { within } from "./over.ts";
import { isOwn } from "./rows.ts";
import { type Separator, type Shown, timeOf, type View, visible } from "./scroll.ts";
import { dayText, timeText } from "./times.ts";
import { drawWelcome } from "./welcome.ts";

export function drawTimeline(canvas: Canvas, state: State, theme: Theme, layout: Layout): void {
  const brush = { canvas, state, theme, layout, frame: frameOf(state, layout) };
  const view = visible(state, layout);
  const items = itemsOf(state);
  drawWelcome(canvas, state, theme, layout, view.shown[0]?.row);
  for (const shown of view.shown) {
    for (let at = 0; at < shown.rows; at++) {
      const row = shown.row + at;
      const separator = shown.separators[shown.above + at];
      if (separator !== undefined) drawSeparator(brush, row, separator, shown.item);
      else drawRow(brush, row, shown, items[shown.index - 1]);
    }
  }
  if (!view.isAtBottom || state.open?.scroll.type === "at") drawBelow(brush, view);
}

/** `──── Sat 21 Nov ────`, `──── 3 new ────` */
function drawSeparator(brush: Brush, row: number, what: Separator, item: TimelineItem): void {
  const { canvas, state, theme, layout, frame } = brush;
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

function drawRow(brush: Brush, row: number, shown: Shown, before: TimelineItem | undefined): void {
  const { canvas, state, theme, layout, frame } = brush;
  const { item, text, separators, above } = shown;
  const { column } = layout.timeline;
  const index = row - shown.row + above - separators.length;
  const isSelected = state.open?.selected === item.key;
  const ground = isSelected ? theme.style("selected") : undefined;
  if (ground !== undefined) canvas.fill({ row, column, rows: 1, columns: frame.width }, ground);
  drawGutter(brush, row, item, ground);
  const isHead = index === 0 && (isSelected || separators.length > 0 || !continues(item, before, layout.options.utc));
  // The first row in view says whose it is, even if it is in the middle of a message.
  if (isHead || row === layout.timeline.row) drawHead(brush, row, item, ground);
  else if (index > 0) drawContinued(brush, row, ground);
  const on = ground === undefined ? undefined : (style: Style): Style => within(ground, style);
  drawPieces(canvas, row, column + frame.textColumn, text[index] ?? [], theme, column + frame.width, on);
  if (index === 0) drawProgress(brush, row, item, ground);
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

/** `↓ 5 new · End` */
function drawBelow({ canvas, state, theme, layout, frame }: Brush, view: View): void {
  const { row, rows, column } = layout.timeline;
  if (rows < 2 || state.open === undefined) return;
  const words = say().timeline;
  const count = newBelow(state.open, view);
  const { keys } = layout.options;
  const key = keys.keyOf(isEmpty(state.composer.composer) ? "scroll-end-empty" : "scroll-end");
  const text = ` ${count > 0 ? words.newBelow(count) : words.moreBelow}${key === "" ? "" : ` · ${key}`} `;
  const shown = fit(text, frame.width);
  const end = column + frame.width;
  canvas.put(row + rows - 1, end - columnsOf(shown), shown, theme.style(count > 0 ? "unread" : "hint"), end);
}

/** Of those that came while the end was not in view, how many are still below it. */
function newBelow({ newBelow: count, items, atEnd }: OpenRoom, { shown }: View): number {
  if (!atEnd) return count;
  const below = items.slice((shown.at(-1)?.index ?? -1) + 1);
  return Math.min(count, below.filter((item) => item.type === "message" && !item.own).length);
}
