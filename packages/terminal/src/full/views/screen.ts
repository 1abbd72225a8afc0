/** The whole screen from the state: every cell is drawn anew, and the painter finds out what changed. */
import type { Area, Canvas } from "../canvas.ts";
import type { State } from "../state.ts";
import type { Theme } from "../theme.ts";
import { drawComposer, drawOffers } from "./composer.ts";
import { drawMembers, drawRooms } from "./draw-panes.ts";
import { drawHints } from "./hints.ts";
import { type Layout, layoutOf, type ViewOptions } from "./layout.ts";
import { drawStatus, drawToast } from "./status.ts";
import { drawTimeline } from "./timeline.ts";
import { drawTitle } from "./title.ts";

/** @returns where everything is now: the layout that scrolling and the mouse are asked with. */
export function drawScreen(canvas: Canvas, state: State, theme: Theme, options: ViewOptions): Layout {
  const layout = layoutOf(canvas.rows, canvas.columns, state, options);
  const { rooms, members, title, status, hints } = layout;
  canvas.fill({ row: 0, column: 0, rows: canvas.rows, columns: canvas.columns }, theme.style("text"));
  canvas.cursor = undefined;
  if (rooms !== undefined) {
    drawRooms(canvas, state, theme, rooms, options.keys.keyOf("toggle-rooms"));
    drawBorder(canvas, theme, rooms.column + rooms.columns);
  }
  if (members !== undefined) {
    drawMembers(canvas, state, theme, members, options.keys.keyOf("toggle-members"));
    drawBorder(canvas, theme, members.column - 1);
  }
  drawTimeline(canvas, state, theme, layout);
  if (title !== undefined) drawTitle(canvas, state, theme, title, layout);
  if (status !== undefined) drawStatus(canvas, state, theme, status, options);
  if (hints !== undefined) drawHints(canvas, state, theme, hints, layout);
  drawComposer(canvas, state, theme, layout);
  const above = lineAbove(layout);
  if (above !== undefined && !drawOffers(canvas, state, theme, above)) drawToast(canvas, state, theme, above);
  return layout;
}

/** Offers and what is said in passing stand in the place of the status, so that nothing moves. */
function lineAbove({ status, timeline, composer }: Layout): Area | undefined {
  if (status !== undefined) return status;
  return timeline.rows > 0 && composer.row > 0 ? { ...composer, row: composer.row - 1, rows: 1 } : undefined;
}

function drawBorder(canvas: Canvas, theme: Theme, column: number): void {
  canvas.fill({ row: 0, column, rows: canvas.rows, columns: 1 }, theme.style("border"), "│");
}
