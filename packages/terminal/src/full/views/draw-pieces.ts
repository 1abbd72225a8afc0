/** Draws one row of a text that has been broken into rows. */
import type { Canvas } from "../canvas.ts";
import type { Style, Theme } from "../theme.ts";
import type { Piece, Row } from "./rich.ts";

/**
 * @param end - the column at which it is cut off.
 * @returns the column behind it.
 */
export function drawPieces(
  canvas: Canvas,
  row: number,
  column: number,
  pieces: Row,
  theme: Theme,
  end: number,
  isSelected = false,
): number {
  let at = column;
  for (const piece of pieces) at = canvas.put(row, at, piece.text, pieceStyle(piece, theme, isSelected), end);
  return at;
}

function pieceStyle({ role, link }: Piece, theme: Theme, isSelected: boolean): Style {
  const style = theme.style(isSelected && role === "text" ? "selected" : role);
  return link === undefined ? style : { ...style, underline: true, link };
}
