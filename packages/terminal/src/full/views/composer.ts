/** What is being typed, the offers of the last Tab above it, and the line of keys below it. */
import { isEmpty } from "../../screen/composer.ts";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { State } from "../state.ts";
import type { Theme } from "../theme.ts";
import { columnsOf, fit } from "./fit.ts";
import { composerRows, type Layout } from "./layout.ts";
import { over } from "./over.ts";

export function drawComposer(canvas: Canvas, state: State, theme: Theme, layout: Layout): void {
  const area = layout.composer;
  if (area.rows === 0) return;
  const typed = composerRows(state, area.columns, layout.rows);
  const style = theme.style("input");
  canvas.fill(area, style);
  const end = area.column + area.columns;
  const start = canvas.put(area.row, area.column, typed.prompt, over(style, theme.style("key")), end);
  typed.rows.forEach((row, index) => {
    canvas.put(area.row + index, start, row, style, end);
  });
  if (isEmpty(state.composer.composer)) {
    canvas.put(area.row, start, fit(placeholder(state), end - start), over(style, theme.style("dim")), end);
  }
  if (layout.options.isCovered) return;
  canvas.cursor = {
    row: Math.min(area.row + typed.cursorRow, area.row + area.rows - 1),
    column: Math.min(start + typed.cursorColumn, end - 1),
  };
}

function placeholder(state: State): string {
  const words = say().bars;
  const room = state.rooms.find(({ roomId }) => roomId === state.open?.roomId);
  return room === undefined ? words.placeholderNoRoom : words.placeholder(room.tag);
}

/** On one line, the chosen one in view. */
export function drawOffers(canvas: Canvas, state: State, theme: Theme, area: Area): boolean {
  const { offers, offer } = state.composer;
  if (offers.length === 0) return false;
  canvas.fill(area, theme.style("bar"));
  const end = area.column + area.columns;
  let at = area.column + (area.columns >= 16 ? 1 : 0);
  const first = firstOffer(offers, offer ?? 0, end - at);
  if (first > 0) at = canvas.put(area.row, at, "‹ ", theme.style("bar"), end);
  for (let index = first; index < offers.length; index++) {
    const text = fit(offers[index] ?? "", end - at);
    if (index > first && at + columnsOf(text) > end - 2) {
      canvas.put(area.row, Math.min(at, end - 1), "›", theme.style("bar"), end);
      break;
    }
    // The chosen one is told by brackets too.
    const shown = index === offer ? `[${text}]` : ` ${text} `;
    at = canvas.put(area.row, at, shown, theme.style(index === offer ? "selected" : "bar"), end);
  }
  return true;
}

function firstOffer(offers: readonly string[], chosen: number, columns: number): number {
  let used = 0;
  let first = chosen;
  for (let index = chosen; index >= 0; index--) {
    used += columnsOf(offers[index] ?? "") + 2;
    if (used > columns - 4 && index < chosen) break;
    first = index;
  }
  return first;
}
