/** What stands where no messages are: how to go on from here. */
import { sanitiseLine } from "@sotto/wire";
import { say } from "../../text/index.ts";
import type { Canvas } from "../canvas.ts";
import type { State } from "../state.ts";
import type { Theme } from "../theme.ts";
import { drawPieces } from "./draw-pieces.ts";
import type { Layout } from "./layout.ts";
import { richRows } from "./rich.ts";

/** @param firstRow - where what sotto said begins: the hints stand above it. */
export function drawWelcome(
  canvas: Canvas,
  state: State,
  theme: Theme,
  { timeline, options }: Layout,
  firstRow: number | undefined,
): void {
  if (state.open !== undefined && firstRow !== undefined) return;
  const space = (firstRow ?? timeline.row + timeline.rows) - timeline.row;
  const indent = timeline.columns >= 60 ? 4 : timeline.columns >= 30 ? 1 : 0;
  const width = Math.max(1, timeline.columns - 2 * indent);
  const [first = [], ...rest] = linesOf(state, options.keys.keyOf("palette")).map((line, index) =>
    richRows(sanitiseLine(line), [], index === 0 ? "text" : "hint", width),
  );
  const all = [...first, ...rest.flat()];
  const rows =
    space > all.length && rest.length > 0 ? [...first, [], ...rest.flat()] : all.slice(0, Math.max(0, space));
  const top = timeline.row + Math.floor((space - rows.length) / 2);
  const end = timeline.column + timeline.columns;
  rows.forEach((row, index) => {
    drawPieces(canvas, top + index, timeline.column + indent, row, theme, end);
  });
}

function linesOf(state: State, palette: string): readonly string[] {
  const words = say().timeline;
  const { open } = state;
  if (open === undefined) {
    const hints = [palette === "" ? undefined : words.welcomePalette(palette), words.welcomeJoin, words.welcomeHelp];
    return [words.welcome, ...hints.filter((hint) => hint !== undefined)];
  }
  const room = state.rooms.find(({ roomId }) => roomId === open.roomId);
  if (!open.atStart || !open.atEnd) return [];
  const isDirect = room?.kind === "direct";
  return [words.empty, isDirect ? words.emptyDirect(room.tag.replace(/^@/, "")) : words.emptyRoom("/invite")];
}
