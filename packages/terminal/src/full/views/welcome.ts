/** What stands where no messages are: how to go on from here. */
import { say } from "../../text/index.ts";
import type { Canvas } from "../canvas.ts";
import type { State } from "../state.ts";
import type { Theme } from "../theme.ts";
import { fit } from "./fit.ts";
import type { Layout } from "./layout.ts";

/** @param firstRow - where what sotto said begins: the hints stand above it. */
export function drawWelcome(
  canvas: Canvas,
  state: State,
  theme: Theme,
  { timeline, options }: Layout,
  firstRow: number | undefined,
): void {
  if (state.open !== undefined && firstRow !== undefined) return;
  const [first = "", ...rest] = linesOf(state, options.keys.keyOf("palette"));
  const space = (firstRow ?? timeline.row + timeline.rows) - timeline.row;
  const lines = [first, ...(space > rest.length + 1 ? [""] : []), ...rest].slice(0, Math.max(0, space));
  const top = timeline.row + Math.max(0, Math.floor((space - lines.length) / 2));
  const indent = timeline.columns >= 60 ? 4 : timeline.columns >= 30 ? 1 : 0;
  lines.forEach((line, index) => {
    const style = theme.style(index === 0 ? "text" : "hint");
    const end = timeline.column + timeline.columns;
    canvas.put(top + index, timeline.column + indent, fit(line, timeline.columns - indent), style, end);
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
