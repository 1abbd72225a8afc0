/** A few lines in a box, drawn alike for everything that tells something and asks for one key. */
import type { Line } from "../../output.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Theme } from "../theme.ts";
import { frame, insideOf } from "./frame.ts";
import { putRow, type Row, rowsOf, spoken } from "./rows.ts";

const COLUMNS_MAX = 72;

export interface Notice {
  readonly title: string;
  readonly hints: string;
  /** Goes where there is no room. */
  readonly before?: readonly Line[];
  /** What it is about, for a width. */
  lines(columns: number): readonly Line[];
  /** Goes first where there is no room. */
  readonly after?: readonly Line[];
  /** The keys that are asked for, last and always in view. */
  readonly asks?: readonly Line[];
}

/** @returns whether {@link Notice.lines} can be seen whole. */
export function drawNotice(canvas: Canvas, area: Area, theme: Theme, notice: Notice): boolean {
  const columns = Math.min(COLUMNS_MAX, insideOf(area).columns);
  const wrapped = (lines: readonly Line[], role: "text" | "key" = "text"): readonly Row[] =>
    lines.flatMap((line) => rowsOf(spoken(line), columns, role));
  const before = wrapped(notice.before ?? []);
  const lines = wrapped(notice.lines(columns));
  const after = wrapped(notice.after ?? []);
  const asks = wrapped(notice.asks ?? [], "key");
  // What is left out where the screen is small, one after the other.
  const choices: readonly (readonly (readonly Row[])[])[] = [
    [before, lines, after, asks],
    [before, lines, asks],
    [lines, asks],
  ];
  const { rows } = insideOf(area);
  const roomy = choices.map((parts) => spaced(parts, [[]])).find((all) => all.length <= rows);
  const tight = choices.map((parts) => spaced(parts, [])).find((all) => all.length <= rows);
  const shown = roomy ?? tight ?? [...lines.slice(0, Math.max(0, rows - asks.length)), ...asks].slice(0, rows);
  const inside = frame(canvas, area, theme, { ...notice, rows: shown.length, columns });
  canvas.cursor = undefined;
  shown.forEach((row, index) => {
    const at = { row: inside.row + index, column: inside.column };
    putRow(canvas, at, row, theme, inside.column + inside.columns);
  });
  return roomy !== undefined || tight !== undefined;
}

function spaced(parts: readonly (readonly Row[])[], gap: readonly Row[]): readonly Row[] {
  const some = parts.filter((part) => part.length > 0);
  return some.flatMap((part, index) => (index === 0 ? part : [...gap, ...part]));
}
