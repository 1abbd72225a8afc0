/** Draws one row of a text that has been broken into rows. */
import type { Canvas } from "../canvas.ts";
import type { Style, Theme } from "../theme.ts";
import type { Piece, Row } from "./rich.ts";

/**
 * @param end - the column at which it is cut off.
 * @param on - how a style looks upon what is below: a bar, a selected row.
 * @returns the column behind it.
 */
export function drawPieces(
  canvas: Canvas,
  row: number,
  column: number,
  pieces: Row,
  theme: Theme,
  end: number,
  on: (style: Style) => Style = (style) => style,
): number {
  let at = column;
  for (const piece of pieces) at = canvas.put(row, at, piece.text, pieceStyle(piece, on(theme.style(piece.role))), end);
  return at;
}

function pieceStyle({ isBold, link }: Piece, style: Style): Style {
  if (link === undefined && isBold === undefined) return style;
  const bold = isBold ? { bold: true } : {};
  return link === undefined ? { ...style, ...bold } : { ...style, ...bold, underline: true, link };
}
