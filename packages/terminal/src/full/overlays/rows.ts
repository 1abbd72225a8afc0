/** Lines for people as rows of a given width: sanitised, wrapped at words, each piece with its role in the theme. */
import { sanitiseLine, sanitiseText } from "@sotto/wire";
import type { Line, Style as LineStyle } from "../../output.ts";
import { graphemes, graphemeWidth, isHeld } from "../../screen/width.ts";
import type { Canvas } from "../canvas.ts";
import type { Role, Theme } from "../theme.ts";

export interface Piece {
  readonly text: string;
  readonly role: Role;
}

export type Row = readonly Piece[];

const ROLES: Readonly<Record<LineStyle, Role>> = {
  dim: "dim",
  bold: "title",
  error: "error",
  warning: "warning",
  qr: "qr",
};

export function piecesOf(line: Line, base: Role = "text"): Row {
  return line.map((span) => {
    if (typeof span === "string") return { text: sanitiseLine(span), role: base };
    const text = span.lines ? sanitiseText(span.text) : sanitiseLine(span.text);
    return { text, role: span.style === undefined ? base : ROLES[span.style] };
  });
}

/** A line as a dialog says it: the words of the plain mode that tell what kind of line it is are signs here. */
export function spoken(line: Line): Line {
  const [first, ...rest] = line;
  if (typeof first === "string") return /^\[[^\]]+\] $/.test(first) ? rest : line;
  const sign = SIGNS[first?.style ?? "qr"];
  if (first === undefined || sign === undefined || !KIND_OF_LINE.test(first.text)) return line;
  return [{ ...first, text: sign }, ...rest];
}

/** `[error] `, `hint: ` */
const KIND_OF_LINE = /^(?:\[[^\]]+\]|[^ ]+ ?:) $/;
const SIGNS: Readonly<Partial<Record<LineStyle, string>>> = { error: "✗ ", warning: "! ", dim: "→ " };

/** At most `columns` wide each, never none. Rows after the first are moved in as far as the first one is. */
export function rowsOf(line: Line, columns: number, base: Role = "text"): readonly Row[] {
  return wrap(piecesOf(line, base), columns);
}

export function textOfRow(row: Row): string {
  return row.map(({ text }) => text).join("");
}

/** @returns the column behind it. */
export function putRow(canvas: Canvas, at: { row: number; column: number }, row: Row, theme: Theme, until: number) {
  let column = at.column;
  for (const { text, role } of row) column = canvas.put(at.row, column, text, theme.style(role), until);
  return column;
}

/** Stands for a space at which no row ends, while rows are made: the sanitiser leaves none in a text. */
const HELD = "\u0000";

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly role: Role;
}

export function wrap(pieces: Row, columns: number): readonly Row[] {
  const width = Math.max(1, columns);
  const rows: Row[] = [];
  for (const cells of brokenAtFeeds(pieces)) {
    const hanging = hangingOf(cells, width);
    let at = 0;
    do {
      const isFirst = at === 0;
      const end = breakOf(cells, at, isFirst ? width : Math.max(1, width - hanging));
      const before = isFirst || hanging === 0 ? [] : [{ text: " ".repeat(hanging), role: "text" as const }];
      rows.push([...before, ...joined(cells.slice(at, end))]);
      at = end;
      while (cells[at]?.text === " ") at++;
    } while (at < cells.length);
  }
  return rows;
}

/**
 * Where rows after the first begin: where the first one does, or behind its one gap, as in `/talk NAME   opens …`. Half of
 * the width at most: an indent must leave room for what it moves in. What is one word behind the gap, and too long to
 * stand there, as an id, is to be seen and marked whole: it has a row of its own.
 */
function hangingOf(cells: readonly Cell[], width: number): number {
  const text = cells.map((cell) => (cell.text === " " ? " " : "x")).join("");
  const indent = /^ */.exec(text)?.[0].length ?? 0;
  const column = /^ *x(?:x| (?! ))*? {2,}(?=x(?:x| (?! ))*$)/.exec(text)?.[0].length;
  const columns = cells.slice(0, column ?? indent).reduce((sum, cell) => sum + cell.width, 0);
  if (column !== undefined && columns + widthOfWord(cells, column) > width) return Math.min(indent + 2, width >> 1);
  return columns <= width / 2 ? columns : Math.min(indent, Math.floor(width / 2));
}

function brokenAtFeeds(pieces: Row): Cell[][] {
  const lines: Cell[][] = [[]];
  for (const { text, role } of pieces) {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) lines.push([]);
      const line = lines.at(-1);
      const spaced = part.replaceAll("\t", " ");
      let at = 0;
      for (const grapheme of graphemes(spaced)) {
        const text = grapheme === " " && isHeld(spaced, at) ? HELD : grapheme;
        line?.push({ text, width: graphemeWidth(grapheme), role });
        at += grapheme.length;
      }
    }
  }
  return lines;
}

/**
 * Behind the last cell of the row that begins at `from`, at least one further on: up to a space, unless the word after it
 * is too long for a row of its own. In columns that are made of spaces it is the gap between two of them, so that none is
 * torn from its number.
 */
function breakOf(cells: readonly Cell[], from: number, room: number): number {
  let used = 0;
  let space = 0;
  let gap = 0;
  let isText = false;
  for (let at = from; at < cells.length; at++) {
    const { text = "", width = 0 } = cells[at] ?? {};
    if (used + width > room) {
      const isInTable = gap - from > room / 2;
      if (text === " " && (!isInTable || cells[at + 1]?.text === " ")) return Math.max(from + 1, at);
      if (isInTable) return gap;
      return space > from && widthOfWord(cells, space + 1) <= room ? space : Math.max(from + 1, at);
    }
    used += width;
    if (text !== " ") isText = true;
    else if (isText && cells[at - 1]?.text !== " ") {
      if (cells[at + 1]?.text === " ") gap = at;
      space = at;
    }
  }
  return cells.length;
}

function widthOfWord(cells: readonly Cell[], from: number): number {
  let width = 0;
  for (let at = from; at < cells.length && cells[at]?.text !== " "; at++) width += cells[at]?.width ?? 0;
  return width;
}

function joined(cells: readonly Cell[]): Row {
  const row: Piece[] = [];
  for (const { text: given, role } of cells) {
    const text = given === HELD ? " " : given;
    const last = row.at(-1);
    if (last?.role === role) row[row.length - 1] = { text: last.text + text, role };
    else row.push({ text, role });
  }
  return row;
}
