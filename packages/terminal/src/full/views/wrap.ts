/** Where a line breaks: at spaces, between wide characters, and within words that are longer than a row. */
import { graphemes, graphemeWidth, isHeld } from "../../screen/width.ts";

/** A part of a line, by offsets into it that lie between graphemes. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** A line taken apart: where each grapheme starts, and the columns it takes. */
export interface Measured {
  readonly line: string;
  /** One more than there are graphemes: the last is the end of the line. */
  readonly starts: readonly number[];
  readonly widths: readonly number[];
}

const ASCII = /^[\x20-\x7e]*$/;
/** Signs that belong to what stands before them: no row starts with one. */
const CLOSING = /^[、。，．！？：；）」』】〕〉》ー]/u;

/** @param line - sanitised, without line feeds. */
export function measure(line: string): Measured {
  if (ASCII.test(line)) {
    const starts = Array.from({ length: line.length + 1 }, (_, index) => index);
    return { line, starts, widths: new Array<number>(line.length).fill(1) };
  }
  const starts: number[] = [];
  const widths: number[] = [];
  let at = 0;
  for (const grapheme of graphemes(line)) {
    starts.push(at);
    widths.push(graphemeWidth(grapheme));
    at += grapheme.length;
  }
  starts.push(at);
  return { line, starts, widths };
}

/**
 * Rows of at most `width` columns; one at least. Spaces around a break belong to no row.
 *
 * @param width - 1 or more; a wide grapheme in a width of 1 stands in a row of its own, and is clipped where it is drawn.
 */
export function wrap({ line, starts, widths }: Measured, width: number): readonly Part[] {
  const rows: Part[] = [];
  const count = widths.length;
  const offset = (index: number): number => starts[index] ?? line.length;
  // A mark on a space makes a character of it.
  const isSpace = (index: number): boolean =>
    line[offset(index)] === " " && offset(index + 1) === offset(index) + 1 && !isHeld(line, offset(index));
  let first = 0;
  while (true) {
    const full = filled(widths, first, width);
    if (full >= count) {
      rows.push({ start: offset(first), end: line.length });
      return rows;
    }
    const end = breakBefore(full, first, isSpace, (index) => breaksBefore(line, starts, widths, index));
    let last = end;
    while (last > first && isSpace(last - 1)) last--;
    // Indented to beyond the edge: the spaces are a row.
    rows.push({ start: offset(first), end: offset(last === first ? end : last) });
    first = end;
    while (first < count && isSpace(first)) first++;
    if (first === count) return rows;
  }
}

/** The first grapheme that does not fit into the row any more. */
function filled(widths: readonly number[], first: number, width: number): number {
  let used = 0;
  let at = first;
  while (at < widths.length) {
    used += widths[at] ?? 0;
    if (used > width && at > first) break;
    at++;
  }
  return at;
}

/** The last place up to `full` at which the row may end; `full` itself if there is none. */
function breakBefore(
  full: number,
  first: number,
  isSpace: (index: number) => boolean,
  breaks: (index: number) => boolean,
): number {
  if (isSpace(full)) return full;
  for (let at = full; at > first; at--) {
    if (isSpace(at - 1)) {
      let word = at - 1;
      while (word > first && isSpace(word - 1)) word--;
      return word > first ? at : full;
    }
    if (breaks(at)) return at;
  }
  return full;
}

function breaksBefore(line: string, starts: readonly number[], widths: readonly number[], index: number): boolean {
  if (widths[index] !== 2 && widths[index - 1] !== 2) return false;
  return !CLOSING.test(line.slice(starts[index], starts[index + 1]));
}
