/** Text with parts that look otherwise, broken into rows. */
import type { Role } from "../theme.ts";
import { type Measured, measure, type Part, wrap } from "./wrap.ts";

/** What looks otherwise; of several over one place the last says how it looks. */
export interface Mark extends Part {
  /** undefined: as what it stands in. */
  readonly role?: Role;
  readonly isBold?: boolean;
  /** Where a click goes. */
  readonly link?: string;
}

export interface Piece {
  readonly text: string;
  readonly role: Role;
  readonly isBold?: boolean;
  readonly link?: string;
}

export type Row = readonly Piece[];

/**
 * One line as rows of at most `width` columns.
 *
 * @param line - sanitised, without line feeds.
 */
export function richRows(line: string, marks: readonly Mark[], role: Role, width: number): readonly Row[] {
  const measured = measure(line);
  const whole = marks.map((mark) => ({ ...mark, ...snapped(mark, measured) }));
  return wrap(measured, width).map((part) => pieces(line, part, whole, role));
}

/** A mark that ends within a grapheme covers all of it. */
function snapped({ start, end }: Part, { starts, line }: Measured): Part {
  if (starts.length === line.length + 1) return { start, end };
  const first = firstFrom(starts, start);
  return {
    start: starts[first] === start ? start : (starts[first - 1] ?? 0),
    end: starts[firstFrom(starts, end)] ?? line.length,
  };
}

/** Index of the first of the ascending numbers that is `least` or more. */
function firstFrom(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? least) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pieces(line: string, part: Part, marks: readonly Mark[], role: Role): Row {
  const here = marks.filter(({ start, end }) => start < part.end && end > part.start);
  if (here.length === 0) return [{ text: visible(line.slice(part.start, part.end)), role }];
  const inside = here.flatMap(({ start, end }) => [start, end]).filter((at) => at > part.start && at < part.end);
  const cuts = [part.start, ...[...new Set(inside)].sort((a, b) => a - b), part.end];
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index] ?? part.start;
    const over = here.filter((mark) => mark.start <= start && mark.end >= end);
    const link = over.find((mark) => mark.link !== undefined)?.link;
    const isBold = over.some((mark) => mark.isBold === true);
    const piece = {
      text: visible(line.slice(start, end)),
      role: over.findLast((mark) => mark.role !== undefined)?.role ?? role,
    };
    return { ...piece, ...(isBold ? { isBold } : {}), ...(link === undefined ? {} : { link }) };
  });
}

/** A joiner at the end of a piece joins nothing there, and the canvas would show that it was refused. */
function visible(text: string): string {
  return text.replace(/[\u200c\u200d]+$/, "");
}
