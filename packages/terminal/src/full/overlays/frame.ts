/** The box that an overlay stands in; where the screen is too small for one, the whole of it. */
import { textWidth } from "../../screen/width.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Theme } from "../theme.ts";

export interface FrameOptions {
  readonly title: string;
  /** Keys that matter now, in the lower edge. */
  readonly hints: string;
  /** What is wanted inside; less where there is less. */
  readonly rows: number;
  readonly columns: number;
}

const ROWS_MIN = 8;
const COLUMNS_MIN = 24;
const MARGIN = 2;
const BESIDE_MIN = 5;

/** The room inside of a frame of all of `area`. */
export function insideOf(area: Area): { readonly rows: number; readonly columns: number } {
  const isBare = area.rows < ROWS_MIN || area.columns < COLUMNS_MIN;
  return isBare
    ? { rows: area.rows, columns: area.columns }
    : { rows: area.rows - 2, columns: area.columns - 2 * MARGIN };
}

/** What a large overlay wants inside: nearly everything, with an edge of what lies below where there is room for one. */
export function roomyIn(area: Area): { readonly rows: number; readonly columns: number } {
  const isSmall = area.rows < 16 || area.columns < 60;
  return { rows: area.rows - (isSmall ? 2 : 4), columns: area.columns - (isSmall ? 4 : 8) };
}

/** Where the inside of a frame is, by what is wanted in it. */
export function innerOf(area: Area, wanted: { readonly rows: number; readonly columns: number }): Area {
  const outer = outerOf(area, wanted);
  if (outer === undefined) return area;
  return {
    row: outer.row + 1,
    column: outer.column + MARGIN,
    rows: outer.rows - 2,
    columns: outer.columns - 2 * MARGIN,
  };
}

/** undefined: there is room for the inside alone. */
function outerOf(area: Area, wanted: { readonly rows: number; readonly columns: number }): Area | undefined {
  if (area.rows < ROWS_MIN || area.columns < COLUMNS_MIN) return undefined;
  const rows = Math.min(area.rows, Math.max(3, wanted.rows + 2));
  const asked = Math.max(COLUMNS_MIN, wanted.columns + 2 * MARGIN);
  // A letter or two of what lies below would be read as if they meant something.
  const columns = area.columns - asked < 2 * BESIDE_MIN ? area.columns : asked;
  const row = area.row + Math.floor((area.rows - rows) / 2);
  const column = area.column + Math.floor((area.columns - columns) / 2);
  return { row, column, rows, columns };
}

/** Draws it, empty. @returns the area inside. */
export function frame(canvas: Canvas, area: Area, theme: Theme, options: FrameOptions): Area {
  const text = theme.style("text");
  const outer = outerOf(area, options);
  if (outer === undefined) {
    canvas.fill(area, text);
    return area;
  }
  const { row, column, rows, columns } = outer;
  const border = theme.style("border");
  canvas.fill(outer, text);
  const line = "─".repeat(columns - 2);
  canvas.put(row, column, `┌${line}┐`, border);
  for (let at = row + 1; at < row + rows - 1; at++) {
    canvas.put(at, column, "│", border);
    canvas.put(at, column + columns - 1, "│", border);
  }
  canvas.put(row + rows - 1, column, `└${line}┘`, border);
  edge(canvas, row, column, columns, options.title, theme.style("title"));
  edge(canvas, row + rows - 1, column, columns, options.hints, theme.style("hint"));
  return innerOf(area, options);
}

function edge(
  canvas: Canvas,
  row: number,
  column: number,
  columns: number,
  text: string,
  style: ReturnType<Theme["style"]>,
): void {
  if (text === "") return;
  const until = column + columns - 2;
  const shown = fitting(text, columns - 6);
  canvas.put(row, column + 2, ` ${shown} `, style, until);
}

/** Hints go away whole, one by one from the end, where there is no room. */
export function fitting(hints: string, columns: number): string {
  return hints.split(" · ").reduce((all, hint) => {
    const more = all === "" ? hint : `${all} · ${hint}`;
    return all === "" || textWidth(more) <= columns ? more : all;
  }, "");
}
