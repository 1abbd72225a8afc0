/** Texts in places of a fixed width. */
import { sanitiseLine } from "@sotto/wire";
import { graphemes, graphemeWidth, textWidth } from "../../screen/width.ts";

const ASCII = /^[\x20-\x7e]*$/;

/** Columns that a text takes when it is drawn. */
export function columnsOf(text: string): number {
  return ASCII.test(text) ? text.length : textWidth(sanitiseLine(text));
}

/** The text in so many columns at most: where something was cut off, its last column says so. */
export function fit(text: string, columns: number): string {
  if (columns < 1) return "";
  if (columnsOf(text) <= columns) return text;
  let used = 0;
  let out = "";
  for (const grapheme of graphemes(sanitiseLine(text))) {
    const width = graphemeWidth(grapheme);
    if (used + width > columns - 1) break;
    used += width;
    out += grapheme;
  }
  return `${out}…`;
}
