/** Draws one row of a text that has been broken into rows. */
import type { Canvas } from "../canvas.ts";
import type { Style, Theme } from "../theme.ts";
import { over } from "./over.ts";
import type { Piece, Row } from "./rich.ts";

/**
 * @param end - the column at which it is cut off.
 * @param ground - what it stands upon, if that has a look of its own: a bar, a selected row.
 * @returns the column behind it.
 */
export function drawPieces(
  canvas: Canvas,
  row: number,
  column: number,
  pieces: Row,
  theme: Theme,
  end: number,
  ground?: Style,
): number {
  let at = column;
  for (const piece of pieces) at = canvas.put(row, at, piece.text, pieceStyle(piece, theme, ground), end);
  return at;
}

function pieceStyle({ role, isBold, link }: Piece, theme: Theme, ground: Style | undefined): Style {
  const own = theme.style(role);
  const style = ground === undefined ? own : role === "text" ? ground : over(ground, own);
  if (link === undefined && isBold === undefined) return style;
  const bold = isBold ? { bold: true } : {};
  return link === undefined ? { ...style, ...bold } : { ...style, ...bold, underline: true, link };
}
