/** What holds for every screen that is drawn, whatever is on it. */
import type { Canvas } from "../../packages/terminal/src/full/canvas.ts";
import { graphemeWidth } from "../../packages/terminal/src/screen/width.ts";
import { mustHold } from "../target.ts";

/** Each cell has one character, and each wide one both of its columns. */
export function mustBeWhole(canvas: Canvas): void {
  for (let row = 0; row < canvas.rows; row++) {
    for (let column = 0; column < canvas.columns; column++) {
      const text = canvas.cell(row, column)?.text;
      if (text === undefined) throw new Error("bug: there is no such cell");
      if (text === "") mustHold(graphemeWidth(canvas.cell(row, column - 1)?.text ?? "") === 2, "half a character");
      else if (graphemeWidth(text) === 2) mustHold(canvas.cell(row, column + 1)?.text === "", "half a character");
      else mustHold(graphemeWidth(text) === 1, "a character without a column");
    }
  }
  const { cursor } = canvas;
  if (cursor === undefined) return;
  const isInside = cursor.row >= 0 && cursor.row < canvas.rows && cursor.column >= 0 && cursor.column < canvas.columns;
  mustHold(isInside, "the cursor is outside");
}
