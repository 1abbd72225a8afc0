/** A text that is being typed, as rows of a screen. Only what is shown is looked at: the text may be a megabyte. */
import { sanitiseLine } from "@sotto/wire";
import type { Composer } from "./composer.ts";
import { graphemes, graphemeWidth, textWidth } from "./width.ts";

export interface Layout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** A line that is longer than this begins a new row every so many characters: rows are known without its start. */
const PART = 2048;
/** Code points that never begin a character: such a part begins a bit later. */
const INSIDE = /\p{M}|\p{Emoji_Modifier}|\u200c|\u200d|[\udc00-\udfff]/u;
const INSIDE_MAX = 64;
const PLAIN_ASCII = /^[\x20-\x7e]*$/;

/**
 * The prompt and the text as rows of at most `columns`, never one more than fits: the terminal must not wrap by itself,
 * or nobody knows where its cursor is.
 *
 * @param rowsMax - more rows than this show the part around the cursor.
 */
export function layOut(prompt: string, composer: Composer, columns: number, rowsMax: number): Layout {
  const width = Math.max(2, columns);
  const text = composer.before + composer.after;
  const cursor = composer.before.length;
  const start = (part: Part): Flow => {
    const flow: Flow = { rows: [""], column: 0, width };
    if (part.from === 0) put(flow, prompt);
    return flow;
  };
  const here = partAt(text, cursor);
  const flow = start(here);
  put(flow, text.slice(here.from, cursor));
  // A cursor behind the last column would wait there for the next character: it stands on a row of its own.
  const isBehind = flow.column >= width;
  const column = isBehind ? 0 : flow.column;
  let row = flow.rows.length - (isBehind ? 0 : 1);
  put(flow, text.slice(cursor, here.until));
  let rows = flow.rows;
  for (let from = here.from; from > 0 && row < rowsMax - 1; ) {
    const part = partAt(text, from - 1);
    const above = start(part);
    put(above, text.slice(part.from, part.until));
    rows = [...above.rows, ...rows];
    row += above.rows.length;
    from = part.from;
  }
  for (let until = here.until; until < text.length && rows.length < Math.max(rowsMax, row + 1); ) {
    const part = partAt(text, text.charAt(until) === "\n" ? until + 1 : until);
    const below = start(part);
    put(below, text.slice(part.from, part.until));
    rows.push(...below.rows);
    until = part.until;
  }
  if (row === rows.length) rows.push("");
  const first = Math.max(0, Math.min(row - rowsMax + 1, rows.length - rowsMax));
  return { rows: rows.slice(first, first + rowsMax), cursorRow: row - first, cursorColumn: column };
}

interface Flow {
  readonly rows: string[];
  column: number;
  readonly width: number;
}

function put(flow: Flow, text: string): void {
  if (PLAIN_ASCII.test(text)) {
    putPlain(flow, text);
    return;
  }
  for (const grapheme of graphemes(text)) {
    const shown = sanitiseLine(grapheme);
    const needed = shown === grapheme ? graphemeWidth(grapheme) : textWidth(shown);
    if (flow.column + needed > flow.width) {
      flow.rows.push("");
      flow.column = 0;
    }
    flow.rows[flow.rows.length - 1] += shown;
    flow.column += needed;
  }
}

function putPlain(flow: Flow, text: string): void {
  for (let at = 0; at < text.length; ) {
    if (flow.column >= flow.width) {
      flow.rows.push("");
      flow.column = 0;
    }
    const piece = text.slice(at, at + flow.width - flow.column);
    flow.rows[flow.rows.length - 1] += piece;
    flow.column += piece.length;
    at += piece.length;
  }
}

interface Part {
  readonly from: number;
  readonly until: number;
}

/** The part of a line in which a place is; a place between two is in the second one. */
function partAt(text: string, place: number): Part {
  const lineFrom = place === 0 ? 0 : text.lastIndexOf("\n", place - 1) + 1;
  const feed = text.indexOf("\n", place);
  const lineUntil = feed < 0 ? text.length : feed;
  const bound = (index: number): number =>
    index <= 0 ? lineFrom : Math.min(lineUntil, outside(text, lineFrom + index * PART));
  let index = Math.floor((place - lineFrom) / PART);
  while (index > 0 && (bound(index) > place || bound(index) >= lineUntil)) index--;
  return { from: bound(index), until: bound(index + 1) };
}

function outside(text: string, place: number): number {
  for (let at = place; at < Math.min(text.length, place + INSIDE_MAX); at++) {
    const isAfterJoiner = text.charCodeAt(at - 1) === 0x200d;
    if (!isAfterJoiner && !INSIDE.test(text.charAt(at)) && !INSIDE.test(codePointAt(text, at))) return at;
  }
  return place;
}

function codePointAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}
