/** The part of a message in which the words of a search stand, and where in it. */
import { sanitiseLine } from "@sotto/wire";
import { graphemes, graphemeWidth } from "../../screen/width.ts";
import type { Piece, Row } from "./rows.ts";

/** As the engine takes them apart: letters and digits. */
export function wordsOf(query: string): readonly string[] {
  const runs = query.match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu) ?? [];
  return runs.filter((run) => /[\p{L}\p{N}\p{Co}]/u.test(run));
}

/** Columns before the first word that is marked. */
const BEFORE = 16;
/** Of a long message no more than this is looked through; the rest is seen by going there. */
const LENGTH_MAX = 20_000;

/** One row of at most `columns`. */
export function snippetOf(text: string, words: readonly string[], columns: number): Row {
  const clean = graphemes(sanitiseLine(text.slice(0, LENGTH_MAX).replace(/\s+/g, " ").trim()));
  const marks = marksOf(clean, words);
  const first = Math.max(0, marks.indexOf(true));
  const from = widthOf(clean.slice(0, first)) <= BEFORE || widthOf(clean) <= columns ? 0 : startOf(clean, first);
  const pieces: Piece[] = from > 0 ? [{ text: "…", role: "dim" }] : [];
  let used = from > 0 ? 1 : 0;
  for (let at = from; at < clean.length; at++) {
    const grapheme = clean[at] ?? "";
    const width = graphemeWidth(grapheme);
    const isLast = at === clean.length - 1;
    if (used + width + (isLast ? 0 : 1) > columns) {
      pieces.push({ text: "…", role: "dim" });
      break;
    }
    used += width;
    pieces.push({ text: grapheme, role: marks[at] === true ? "match" : "text" });
  }
  return joined(pieces);
}

function widthOf(pieces: readonly string[]): number {
  return pieces.reduce((sum, piece) => sum + graphemeWidth(piece), 0);
}

function startOf(clean: readonly string[], first: number): number {
  let from = first;
  for (let used = 0; from > 0 && used < BEFORE; from--) used += graphemeWidth(clean[from - 1] ?? "");
  return from;
}

function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .normalize("NFC")
    .toLowerCase();
}

/** Where a word begins with one of those that were typed; accents and capitals do not count. */
function marksOf(clean: readonly string[], words: readonly string[]): readonly boolean[] {
  const letters = clean.map((grapheme) => fold(grapheme).charAt(0) || " ");
  const line = letters.join("");
  const marks = new Array<boolean>(clean.length).fill(false);
  for (const word of words.map(fold)) {
    if (word === "") continue;
    for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
      const isStart = at === 0 || !/[\p{L}\p{N}]/u.test(letters[at - 1] ?? "");
      if (isStart) marks.fill(true, at, at + word.length);
    }
  }
  return marks;
}

function joined(pieces: readonly Piece[]): Row {
  const row: Piece[] = [];
  for (const { text, role } of pieces) {
    const last = row.at(-1);
    if (last?.role === role) row[row.length - 1] = { text: last.text + text, role };
    else row.push({ text, role });
  }
  return row;
}
