/** The line that is being typed, as a value: no terminal in here. */
import { sanitiseLine } from "@sotto/wire";
import type { Key, KeyName } from "./keys.ts";
import { graphemes, graphemeWidth } from "./width.ts";

export interface Composer {
  /** What a person sees as single characters; "\n" is one. */
  readonly text: readonly string[];
  /** Index into `text`: the cursor stands before it. */
  readonly cursor: number;
}

export const EMPTY_COMPOSER: Composer = { text: [], cursor: 0 };

export function composerOf(text: string): Composer {
  const all = graphemes(text);
  return { text: all, cursor: all.length };
}

export function textOf(composer: Composer): string {
  return composer.text.join("");
}

export function beforeCursor({ text, cursor }: Composer): string {
  return text.slice(0, cursor).join("");
}

/** What a key does to the line. Keys that do nothing to it (enter, tab, up) leave it as it is. */
export function edit(composer: Composer, key: Key): Composer {
  if (key.type === "key") return editByName(composer, key.name);
  // Line breaks come out of a paste as CR; other controls in it would only make the terminal do something.
  const text = key.text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
  return insert(composer, key.type === "paste" ? text.replace(/\n+$/, "") : text);
}

export function insert(composer: Composer, added: string): Composer {
  const before = graphemes(beforeCursor(composer) + added);
  const after = composer.text.slice(composer.cursor);
  return { text: [...before, ...after], cursor: before.length };
}

function editByName(composer: Composer, name: KeyName): Composer {
  const { text, cursor } = composer;
  const to = (target: number): Composer => ({ text, cursor: Math.max(0, Math.min(text.length, target)) });
  const cut = (from: number, until: number): Composer => ({
    text: [...text.slice(0, from), ...text.slice(until)],
    cursor: from,
  });
  switch (name) {
    case "left":
      return to(cursor - 1);
    case "right":
      return to(cursor + 1);
    case "home":
      return to(lineStart(text, cursor));
    case "end":
      return to(lineEnd(text, cursor));
    case "word-left":
      return to(wordStart(text, cursor));
    case "word-right":
      return to(wordEnd(text, cursor));
    case "backspace":
      return cursor === 0 ? composer : cut(cursor - 1, cursor);
    case "delete":
      return cut(cursor, cursor + 1);
    case "kill-word":
      return cut(wordStart(text, cursor), cursor);
    case "kill-to-start":
      return cut(lineStart(text, cursor), cursor);
    case "kill-to-end":
      return cut(cursor, Math.max(cursor, lineEnd(text, cursor)));
    case "newline":
      return insert(composer, "\n");
    default:
      return composer;
  }
}

function lineStart(text: readonly string[], cursor: number): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd(text: readonly string[], cursor: number): number {
  const feed = text.indexOf("\n", cursor);
  return feed < 0 ? text.length : feed;
}

function wordStart(text: readonly string[], cursor: number): number {
  let at = cursor;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at--;
  while (at > 0 && !/\s/.test(text[at - 1] ?? " ")) at--;
  return at;
}

function wordEnd(text: readonly string[], cursor: number): number {
  let at = cursor;
  while (at < text.length && /\s/.test(text[at] ?? "")) at++;
  while (at < text.length && !/\s/.test(text[at] ?? " ")) at++;
  return at;
}

export interface Layout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/**
 * The prompt and the line as rows of at most `columns`, never one more than fits: the terminal must not wrap by itself,
 * or nobody knows where its cursor is.
 *
 * @param rowsMax - more rows than this show the part around the cursor.
 */
export function layOut(prompt: string, composer: Composer, columns: number, rowsMax: number): Layout {
  const width = Math.max(2, columns);
  const rows: string[] = [""];
  let column = 0;
  let at = { row: 0, column: 0 };
  const put = (grapheme: string): void => {
    const shown = sanitiseLine(grapheme);
    const needed = graphemes(shown).reduce((sum, piece) => sum + graphemeWidth(piece), 0);
    if (column + needed > width) {
      rows.push("");
      column = 0;
    }
    rows[rows.length - 1] += shown;
    column += needed;
  };
  for (const grapheme of graphemes(prompt)) put(grapheme);
  composer.text.forEach((grapheme, index) => {
    if (index === composer.cursor) at = { row: rows.length - 1, column };
    if (grapheme === "\n") {
      rows.push("");
      column = 0;
    } else put(grapheme);
  });
  if (composer.cursor === composer.text.length) at = { row: rows.length - 1, column };
  // A cursor behind the last column would wait there for the next character: it stands on a row of its own.
  if (at.column >= width) {
    at = { row: at.row + 1, column: 0 };
    if (at.row === rows.length) rows.push("");
  }
  const from = Math.max(0, Math.min(at.row - rowsMax + 1, rows.length - rowsMax));
  return { rows: rows.slice(from, from + rowsMax), cursorRow: at.row - from, cursorColumn: at.column };
}
