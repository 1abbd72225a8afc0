/** Which part of the screen is what. On a small screen parts go away, the least important first. */
import { layOut, type Layout as TypedRows } from "../../screen/layout.ts";
import { textWidth } from "../../screen/width.ts";
import type { ActionName } from "../actions.ts";
import type { Area } from "../canvas.ts";
import type { State } from "../state.ts";

export interface ViewOptions {
  /** Times in UTC, else in this machine's time zone. */
  readonly utc: boolean;
  readonly keys: { keyOf(action: ActionName): string };
  /** Something lies over the screen and takes the keys. */
  readonly isCovered?: boolean;
}

export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly rooms: Area | undefined;
  readonly title: Area | undefined;
  readonly timeline: Area;
  readonly members: Area | undefined;
  readonly status: Area | undefined;
  /** No rows in the bare view. */
  readonly composer: Area;
  readonly hints: Area | undefined;
  readonly options: ViewOptions;
}

const ROOMS_COLUMNS = 26;
const MEMBERS_COLUMNS = 22;
const COMPOSER_ROWS_MAX = 6;

/** Where there is no room beside the conversation, rooms and members lie over it. */
export function hasRoomForPanes(columns: number): { readonly rooms: boolean; readonly members: boolean } {
  return { rooms: columns >= 100, members: columns >= 120 };
}

/** Every area lies on the screen, whatever its size, and no two of them share a cell. */
export function layoutOf(rows: number, columns: number, state: State, options: ViewOptions): Layout {
  const fits = hasRoomForPanes(columns);
  const hasRooms = !state.bare && fits.rooms && state.panes.rooms;
  const hasMembers = !state.bare && fits.members && state.panes.members && state.open !== undefined;
  // A column beside each pane is its border.
  const left = hasRooms ? ROOMS_COLUMNS + 1 : 0;
  const right = hasMembers ? MEMBERS_COLUMNS + 1 : 0;
  const middle = columns - left - right;
  const hasTitle = !state.bare && rows >= 6;
  const hasStatus = !state.bare && rows >= 4;
  const hasHints = state.bare ? rows >= 2 : rows >= 8;
  const typed = state.bare ? 0 : composerRows(state, middle, rows).rows.length;
  const area = (row: number, count: number): Area => ({ row, column: left, rows: count, columns: middle });
  const top = hasTitle ? 1 : 0;
  const hintsRow = rows - (hasHints ? 1 : 0);
  const composerRow = hintsRow - typed;
  const statusRow = composerRow - (hasStatus ? 1 : 0);
  return {
    rows,
    columns,
    rooms: hasRooms ? { row: 0, column: 0, rows, columns: ROOMS_COLUMNS } : undefined,
    title: hasTitle ? area(0, 1) : undefined,
    timeline: area(top, statusRow - top),
    members: hasMembers ? { row: 0, column: columns - MEMBERS_COLUMNS, rows, columns: MEMBERS_COLUMNS } : undefined,
    status: hasStatus ? area(statusRow, 1) : undefined,
    composer: area(composerRow, typed),
    hints: hasHints ? area(hintsRow, 1) : undefined,
    options,
  };
}

/** What is typed, as the rows that are shown of it; `prompt` is what stands before the first one. */
export interface Typed extends TypedRows {
  readonly prompt: string;
}

export function composerRows({ composer: { composer, prompt } }: State, columns: number, rows: number): Typed {
  const rowsMax = Math.max(1, Math.min(COMPOSER_ROWS_MAX, Math.floor((rows - 1) / 3)));
  const width = textWidth(prompt);
  const shown = width * 3 <= columns ? { prompt, width } : { prompt: "", width: 0 };
  return { ...layOut("", composer, columns - shown.width, rowsMax), prompt: shown.prompt };
}
