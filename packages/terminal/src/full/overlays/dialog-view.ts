/** What a dialog looks like: a title with the step, what was said, and the question with its answer below. */
import type { Step } from "../../screen/screen.ts";
import { textWidth } from "../../screen/width.ts";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Theme } from "../theme.ts";
import type { Field } from "./field.ts";
import { fitting, frame, insideOf } from "./frame.ts";
import { putRow, type Row, rowsOf, textOfRow } from "./rows.ts";
import type { ShownRow, Transcript } from "./transcript.ts";

export interface DialogView {
  readonly title: string;
  readonly kind: "whole" | "over";
  readonly step: Step | undefined;
  readonly transcript: Transcript;
  readonly field: Field;
  readonly asked:
    | { readonly question: string; readonly secret: boolean; readonly choices: readonly string[] }
    | undefined;
  readonly scroll: number;
  readonly textAlone: boolean;
  readonly isLeaving: boolean;
  readonly canGoBack: boolean;
  readonly busySeconds: number | undefined;
}

const COLUMNS_MAX = 76;
/** Below this the answer starts on a row of its own. */
const FIELD_COLUMNS_MIN = 16;

/** What a QR code may take, with the question and the hints below it: then there is no frame. */
export function roomForQr({ columns, rows }: { columns: number; rows: number }): { columns: number; rows: number } {
  return { columns, rows: Math.max(1, rows - 1) };
}

export interface DrawnDialog {
  /** By how many rows it is scrolled now: never more than there are. */
  readonly scroll: number;
  /** Rows that are seen at once. */
  readonly page: number;
}

export function drawDialog(canvas: Canvas, area: Area, theme: Theme, view: DialogView): DrawnDialog {
  const hints = hintsOf(view);
  const narrow = Math.min(COLUMNS_MAX, insideOf(area).columns);
  const qr = view.textAlone ? undefined : view.transcript.qr(narrow);
  const asking = askingRows(view, narrow);
  const isTight = qr !== undefined && qr.rows + qr.below + asking.length + 1 > insideOf(area).rows;
  canvas.cursor = undefined;
  if (isTight) {
    canvas.fill(area, theme.style("text"));
    const inside = { ...area, rows: Math.max(1, area.rows - 1) };
    if (area.rows > 1)
      canvas.put(
        area.row + area.rows - 1,
        area.column,
        fitting(hints, area.columns),
        theme.style("hint"),
        area.column + area.columns,
      );
    return drawInside(canvas, inside, theme, view, qr !== undefined);
  }
  const said = view.transcript.rows(narrow, view.textAlone ? undefined : insideOf(area));
  const rows = view.kind === "whole" ? area.rows : said.length + asking.length + (said.length === 0 ? 0 : 1);
  const columns = view.kind === "whole" ? area.columns : COLUMNS_MAX;
  const inside = frame(canvas, area, theme, { title: titleOf(view), hints, rows, columns });
  // A line of eighty columns and more is hard to read: the text stands in the middle.
  const margin = Math.floor((inside.columns - narrow) / 2);
  const middle = { ...inside, column: inside.column + margin, columns: narrow };
  return drawInside(canvas, middle, theme, view, !view.textAlone);
}

function titleOf({ title, step }: DialogView): string {
  return step === undefined ? title : `${title} · ${say().overlays.dialog.step(step.place, step.of, step.name)}`;
}

function hintsOf(view: DialogView): string {
  const { hints, dialog } = say().overlays;
  if (view.isLeaving) return dialog.again;
  const choices = view.asked?.choices.map((choice) => {
    const letter = choice.charAt(0);
    return letter === choice ? letter : `${letter} ${choice}`;
  });
  const answers = view.asked === undefined ? [] : choices?.length ? choices : [hints.answer];
  const back = view.asked !== undefined && view.canGoBack ? [hints.back] : [];
  const qr = view.transcript.qr(COLUMNS_MAX) === undefined ? [] : [view.textAlone ? dialog.showQr : dialog.showText];
  return [...answers, ...qr, ...back, hints.scroll, dialog.leave].join(" · ");
}

function askingRows(view: DialogView, columns: number): readonly Row[] {
  if (view.asked === undefined) return rowsOf([say().overlays.dialog.working(view.busySeconds ?? 0)], columns, "info");
  const rows = rowsOf([view.asked.question], columns, "title");
  return needsRow(rows, columns) ? [...rows, []] : rows;
}

function needsRow(question: readonly Row[], columns: number): boolean {
  const last = textWidth(textOfRow(question.at(-1) ?? []));
  return last > 0 && columns - last < FIELD_COLUMNS_MIN && columns > FIELD_COLUMNS_MIN;
}

function drawInside(canvas: Canvas, area: Area, theme: Theme, view: DialogView, withQr: boolean): DrawnDialog {
  const until = area.column + area.columns;
  // The question is the last thing that goes: of it the end, where the answer stands.
  const asking = askingRows(view, area.columns).slice(-area.rows);
  const free = area.rows - asking.length;
  const isRuled =
    free >= 4 ? !view.transcript.isEmpty : free === view.transcript.rows(area.columns, undefined).length + 1;
  const rule = isRuled && !hasTightQr(view, area, asking.length, withQr) ? 1 : 0;
  const room = { columns: area.columns, rows: Math.max(0, area.rows - asking.length - rule) };
  const all = view.transcript.rows(area.columns, withQr ? room : undefined);
  const said = view.scroll === 0 ? withoutCutQr(all, room.rows) : all;
  const height = Math.min(said.length, room.rows);
  const scroll = Math.max(0, Math.min(view.scroll, said.length - room.rows));
  const from = Math.max(0, said.length - room.rows - scroll);
  const shown = said.slice(from, from + room.rows);
  shown.forEach((one, index) => {
    drawRow(canvas, { row: area.row + index, column: area.column }, one, shown, theme, until);
  });
  // The question follows what was said, as in a form that grows downwards.
  const below = area.row + height;
  if (rule === 1) {
    canvas.put(below, area.column, "─".repeat(area.columns), theme.style("rule"), until);
    const hidden = scroll > 0 ? ` ${say().overlays.dialog.below(scroll)} ` : "";
    canvas.put(below, area.column + 2, hidden, theme.style("hint"), until);
  }
  drawAsking(canvas, below + rule, area, asking, theme, view);
  const page = Math.max(1, room.rows - 1);
  // The first page up leads to the code that has no room now.
  return {
    scroll,
    page: said === all ? page : Math.min(page, all.length - 1 - all.findLastIndex(({ qr }) => qr !== undefined)),
  };
}

function hasTightQr(view: DialogView, area: Area, asking: number, withQr: boolean): boolean {
  const qr = withQr ? view.transcript.qr(area.columns) : undefined;
  return qr !== undefined && qr.rows + qr.below + asking + 1 > area.rows;
}

/** Of a code that has no room above what was said since, one row stays: it says how the code is seen. */
function withoutCutQr(said: readonly ShownRow[], rows: number): readonly ShownRow[] {
  const isSeen = (one: ShownRow, index: number): boolean => one.qr !== undefined && index >= said.length - rows;
  const wanted = said.find(({ qr }) => qr !== undefined)?.qr?.rows ?? 0;
  if (said.filter(isSeen).length === wanted) return said;
  return said.filter(({ qr }) => qr === undefined || qr.index === 0);
}

/** A QR code that is cut off is worse than none: instead there are words where to find it. */
function drawRow(
  canvas: Canvas,
  at: { readonly row: number; readonly column: number },
  one: ShownRow,
  shown: readonly ShownRow[],
  theme: Theme,
  until: number,
): void {
  const { qr } = one;
  if (qr !== undefined && shown.filter((other) => other.qr !== undefined).length < qr.rows) {
    const isFirst = shown.find((other) => other.qr !== undefined) === one;
    if (isFirst) canvas.put(at.row, at.column, say().overlays.dialog.qrCut, theme.style("dim"), until);
    return;
  }
  putRow(canvas, at, one.row, theme, until);
}

function drawAsking(
  canvas: Canvas,
  row: number,
  area: Area,
  asking: readonly Row[],
  theme: Theme,
  view: DialogView,
): void {
  const until = area.column + area.columns;
  let column = area.column;
  asking.forEach((one, index) => {
    column = putRow(canvas, { row: row + index, column: area.column }, one, theme, until);
  });
  if (view.asked === undefined) return;
  const at = Math.min(column, Math.max(area.column, until - 4));
  const last = row + asking.length - 1;
  const hidden = view.asked.secret ? say().overlays.dialog.hidden : undefined;
  view.field.draw(canvas, last, at, until, theme.style("input"), hidden);
}
