/** The columns of the timeline: what stands where in a row, and how wide a text may be. */
import { say } from "../../text/index.ts";
import type { State, TimelineItem } from "../state.ts";
import { columnsOf } from "./fit.ts";
import type { Layout } from "./layout.ts";

export interface Frame {
  /** Of all of a row. */
  readonly width: number;
  /** Columns for the sign of a selected message or a mention: 1, or none in the bare view. */
  readonly gutter: number;
  readonly hasTime: boolean;
  /** Where names start, and the columns they have: as many as the longest one, up to a bound. */
  readonly nameColumn: number;
  readonly nameColumns: number;
  /** Behind the start of a name: where a sign stands that the name needs. */
  readonly signColumn: number;
  /** Where texts start. */
  readonly textColumn: number;
  /** Columns at the right for the state of an own message. */
  readonly stateColumns: number;
}

/** Lines longer than this are hard to read. */
const WIDTH_MAX = 110;
const TIME_COLUMNS = 6;

export function frameOf(state: State, { timeline }: Layout): Frame {
  // On a wide screen a column stays free before the border at the right.
  const margin = timeline.columns >= 60 ? 1 : 0;
  const width = Math.max(1, Math.min(WIDTH_MAX, timeline.columns - margin));
  const gutter = state.bare || width < 16 ? 0 : 1;
  const hasTime = width >= 36;
  const nameMax = width >= 60 ? 16 : width >= 36 ? 8 : width >= 16 ? 6 : 0;
  const nameColumn = gutter + (hasTime ? TIME_COLUMNS : 0);
  const nameColumns = Math.min(nameMax, longestName(itemsOf(state)));
  const gap = nameColumns === 0 ? 0 : width >= 60 ? 3 : 2;
  const stateColumns = state.bare || width < 16 ? 0 : 2;
  const signColumn = nameColumns + (gap === 3 ? 1 : 0);
  const textColumn = nameColumn + nameColumns + gap;
  return { width, gutter, hasTime, nameColumn, nameColumns, signColumn, textColumn, stateColumns };
}

/** What the timeline shows: the open conversation, or what sotto said while none is open. */
export function itemsOf(state: State): readonly TimelineItem[] {
  return state.open?.items ?? state.said;
}

/** In the column of names: what it is that is no message of a person; names cannot have these signs. */
const EVENT_SIGN = "*";

/** Somebody whose name is the word for oneself in this language gets a sign before it. */
function otherName(name: string): string {
  return name.toLowerCase() === say().timeline.you ? `@${name}` : name;
}

export function nameOf(item: TimelineItem): string {
  switch (item.type) {
    case "message":
      return item.own ? say().timeline.you : otherName(item.sender);
    case "waiting":
    case "failed":
      return say().timeline.you;
    case "event":
      return EVENT_SIGN;
    case "local":
      return say().timeline.sotto;
  }
}

const longest = new WeakMap<readonly TimelineItem[], number>();

function longestName(items: readonly TimelineItem[]): number {
  const known = longest.get(items);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const item of items) names.add(nameOf(item));
  const width = Math.max(5, ...Array.from(names, columnsOf));
  longest.set(items, width);
  return width;
}
