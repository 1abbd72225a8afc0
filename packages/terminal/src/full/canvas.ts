/**
 * A screen as a value: rows of cells. Everything that is drawn goes through {@link Canvas.put}, which sanitises and
 * clips, so that no text, whoever wrote it, gives the terminal an order or reaches another row.
 */
import { sanitiseLine } from "@sotto/wire";
import { drawnAs, graphemes, graphemeWidth } from "../screen/width.ts";
import type { Style } from "./theme.ts";

export interface Cell {
  /** One grapheme; "" is the second column of a wide one. */
  readonly text: string;
  readonly style: Style;
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

/** A part of the screen. */
export interface Area extends Place {
  readonly rows: number;
  readonly columns: number;
}

const PLAIN_ASCII = /^[\x20-\x7e]*$/;

export class Canvas {
  readonly rows: number;
  readonly columns: number;
  // Two lists and no object for each cell: twenty-five screens a second were a third of all that was thrown away.
  readonly #texts: string[];
  readonly #styles: Style[];
  /** Where the terminal's cursor stands; undefined: it is hidden. */
  cursor: Place | undefined;

  constructor(rows: number, columns: number, style: Style) {
    this.rows = rows;
    this.columns = columns;
    this.#texts = new Array<string>(rows * columns).fill(" ");
    this.#styles = new Array<Style>(rows * columns).fill(style);
  }

  /** As a new one of this size. */
  clear(style: Style): void {
    this.#texts.fill(" ");
    this.#styles.fill(style);
    this.cursor = undefined;
  }

  cell(row: number, column: number): Cell | undefined {
    const [text, style] = [this.textAt(row, column), this.styleAt(row, column)];
    return text === undefined || style === undefined ? undefined : { text, style };
  }

  textAt(row: number, column: number): string | undefined {
    return column < 0 || column >= this.columns ? undefined : this.#texts[row * this.columns + column];
  }

  styleAt(row: number, column: number): Style | undefined {
    return column < 0 || column >= this.columns ? undefined : this.#styles[row * this.columns + column];
  }

  /**
   * Writes one line of text, clipped to `until` (a column; the edge of the screen without it).
   *
   * @returns the column behind it.
   */
  put(row: number, column: number, text: string, style: Style, until = this.columns): number {
    const edge = Math.min(until, this.columns);
    if (PLAIN_ASCII.test(text)) return this.#putPlain(row, column, text, style, edge);
    let at = column;
    for (const piece of graphemes(sanitiseLine(text))) {
      const width = graphemeWidth(piece);
      // A mark without a letter: what it would stand on is somebody else's.
      if (width === 0) continue;
      if (at + width > edge) break;
      if (row >= 0 && row < this.rows && at >= 0) this.#set(row, at, drawnAs(piece), style, width);
      at += width;
    }
    return at;
  }

  fill({ row, column, rows, columns }: Area, style: Style, text = " "): void {
    const line = text.repeat(Math.max(0, Math.min(columns, this.columns - column)));
    for (let r = Math.max(0, row); r < Math.min(this.rows, row + rows); r++) {
      if (text === " ") this.#blankRun(r, Math.max(0, column), column + line.length, style);
      else this.put(r, column, line, style, column + columns);
    }
  }

  #putPlain(row: number, column: number, text: string, style: Style, edge: number): number {
    const end = Math.max(column, Math.min(edge, column + text.length));
    const start = Math.max(0, column);
    if (row < 0 || row >= this.rows || start >= end) return end;
    this.#part(row, start, end);
    const first = row * this.columns;
    for (let at = start; at < end; at++) this.#texts[first + at] = text.charAt(at - column);
    this.#styles.fill(style, first + start, first + end);
    return end;
  }

  #blankRun(row: number, start: number, end: number, style: Style): void {
    if (start >= end) return;
    this.#part(row, start, end);
    this.#texts.fill(" ", row * this.columns + start, row * this.columns + end);
    this.#styles.fill(style, row * this.columns + start, row * this.columns + end);
  }

  /** Half of a wide character that is written over goes too, at either end of what is written. */
  #part(row: number, start: number, end: number): void {
    const first = row * this.columns;
    if (start > 0 && this.#texts[first + start] === "") this.#texts[first + start - 1] = " ";
    if (end < this.columns && this.#texts[first + end] === "") this.#texts[first + end] = " ";
  }

  #set(row: number, column: number, text: string, style: Style, width: number): void {
    const start = row * this.columns + column;
    this.#part(row, column, column + width);
    this.#texts[start] = text;
    if (width === 2) this.#texts[start + 1] = "";
    this.#styles.fill(style, start, start + width);
  }

  /** Without styles and without spaces at the ends: for tests. */
  lines(): readonly string[] {
    const line = (row: number): string =>
      this.#texts
        .slice(row * this.columns, (row + 1) * this.columns)
        .join("")
        .trimEnd();
    return Array.from({ length: this.rows }, (_, row) => line(row));
  }
}
