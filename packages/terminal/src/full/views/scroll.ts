/** What of a conversation is in view, and what moves it. All of it is counted in rows, exactly, at both ends too. */
import type { Scroll, State, TimelineItem } from "../state.ts";
import { frameOf, itemsOf } from "./frame.ts";
import type { Layout } from "./layout.ts";
import type { Row } from "./rich.ts";
import { type RowsContext, rowsContext, rowsOf } from "./rows.ts";
import { dayNumber } from "./times.ts";

/** What stands above an item: the day where another one begins, and the line above what is new. */
export type Separator = "day" | "new";

export interface Shown {
  readonly item: TimelineItem;
  /** Of it in the window. */
  readonly index: number;
  /** On the screen. */
  readonly row: number;
  readonly rows: number;
  /** Rows of it that are above the view and below it. */
  readonly above: number;
  readonly below: number;
  readonly separators: readonly Separator[];
  /** Without the separators. */
  readonly text: readonly Row[];
}

export interface View {
  /** From the top of the screen down. */
  readonly shown: readonly Shown[];
  /** The first row of the window is in view, and the last one. */
  readonly isAtTop: boolean;
  readonly isAtBottom: boolean;
}

/** A place between two rows: under the item, but for `below` of its rows. */
interface Edge {
  readonly index: number;
  readonly below: number;
}

// Asked for each item of a view several times a frame: nothing is made for it.
const NEITHER: readonly Separator[] = [];
const DAY: readonly Separator[] = ["day"];
const NEW: readonly Separator[] = ["new"];
const DAY_AND_NEW: readonly Separator[] = ["day", "new"];

/** The items as things with heights. */
class Column {
  readonly items: readonly TimelineItem[];
  readonly #context: RowsContext;
  readonly #state: State;

  constructor(state: State, layout: Layout) {
    this.items = itemsOf(state);
    this.#state = state;
    this.#context = rowsContext(state, frameOf(state, layout), layout.options);
  }

  get last(): number {
    return this.items.length - 1;
  }

  text(item: TimelineItem): readonly Row[] {
    return rowsOf(item, this.#context);
  }

  height(index: number): number {
    const item = this.items[index];
    return item === undefined ? 0 : this.separators(index).length + this.text(item).length;
  }

  separators(index: number): readonly Separator[] {
    const item = this.items[index];
    if (item === undefined) return [];
    const before = this.items[index - 1];
    const { utc } = this.#context.options;
    const isNewDay = before === undefined || dayNumber(timeOf(before), utc) !== dayNumber(timeOf(item), utc);
    const isFirstNew = this.#isFirstNew(index);
    if (isNewDay) return isFirstNew ? DAY_AND_NEW : DAY;
    return isFirstNew ? NEW : NEITHER;
  }

  /** Own messages and events are not counted as new, so the line does not stand above them. */
  #isFirstNew(index: number): boolean {
    const open = this.#state.open;
    const item = this.items[index];
    if (open === undefined || open.newAfter === 0 || open.newCount === 0) return false;
    if (!isOthers(item) || item.seq <= open.newAfter) return false;
    for (let at = index - 1; at >= 0; at--) {
      const before = this.items[at];
      if (isOthers(before)) return before.seq <= open.newAfter;
      if (before !== undefined && (seqOf(before) ?? Infinity) <= open.newAfter) return true;
    }
    // In a window that begins among what is new, the first new one is above it.
    return open.atStart;
  }

  /** The edge so many rows further down, but not below the end; `hit` says that it would have been. */
  down(from: Edge, rows: number): { readonly edge: Edge; readonly hit: boolean } {
    let { index, below } = from;
    below -= rows;
    while (below < 0) {
      if (index >= this.last) return { edge: { index: Math.max(0, this.last), below: 0 }, hit: true };
      index++;
      below += this.height(index);
    }
    return { edge: { index, below }, hit: false };
  }

  /** The edge so many rows further up, but not above the first row. */
  up(from: Edge, rows: number): Edge {
    let { index, below } = from;
    below += rows;
    for (let height = this.height(index); below >= height; height = this.height(index)) {
      if (index === 0) return { index: 0, below: height };
      below -= height;
      index--;
    }
    return { index, below };
  }

  /** Rows above the edge, counted up to `enough`. */
  rowsAbove(edge: Edge, enough: number): number {
    let rows = -edge.below;
    for (let index = edge.index; index >= 0 && rows < enough; index--) rows += this.height(index);
    return Math.min(rows, enough);
  }

  /** Rows below the edge, counted up to `enough`. */
  rowsBelow(edge: Edge, enough: number): number {
    let rows = edge.below;
    for (let index = edge.index + 1; index <= this.last && rows < enough; index++) rows += this.height(index);
    return Math.min(rows, enough);
  }
}

export function timeOf(item: TimelineItem): number {
  return item.type === "message" ? item.sentAt : item.at;
}

function isOthers(item: TimelineItem | undefined): item is Extract<TimelineItem, { type: "message" }> {
  return item?.type === "message" && !item.own;
}

function seqOf(item: TimelineItem): number | undefined {
  return item.type === "message" || item.type === "event" ? item.seq : undefined;
}

/** Away from the end the last row says so, where there is room for it. */
function reservedRows({ timeline }: Layout, scroll: Scroll): number {
  return scroll.type === "at" && timeline.rows > 3 ? 1 : 0;
}

export function visible(state: State, layout: Layout): View {
  const column = new Column(state, layout);
  if (column.items.length === 0) return { shown: [], isAtTop: true, isAtBottom: true };
  const scroll = state.open?.scroll ?? FOLLOW;
  const rows = layout.timeline.rows - reservedRows(layout, scroll);
  const edge = filled(column, edgeOf(column, scroll), rows);
  const shown: Shown[] = [];
  let end = layout.timeline.row + rows;
  let { below } = edge;
  for (let index = edge.index; index >= 0 && end > layout.timeline.row; index--) {
    const item = column.items[index];
    if (item === undefined) break;
    const separators = column.separators(index);
    const text = column.text(item);
    const height = separators.length + text.length - below;
    const fits = Math.min(height, end - layout.timeline.row);
    end -= fits;
    if (fits > 0) shown.unshift({ item, index, row: end, rows: fits, above: height - fits, below, separators, text });
    below = 0;
  }
  const first = shown[0];
  return {
    shown,
    isAtTop: first === undefined || (first.index === 0 && first.above === 0),
    isAtBottom: column.rowsBelow(edge, 1) === 0,
  };
}

const FOLLOW: Scroll = { type: "follow" };

/** An item that is not in the window any more leaves the view at the end. */
function edgeOf(column: Column, scroll: Scroll): Edge {
  const end = { index: Math.max(0, column.last), below: 0 };
  if (scroll.type === "follow") return end;
  const index = column.items.findLastIndex(({ key }) => key === scroll.key);
  if (index < 0) return end;
  return { index, below: Math.max(0, Math.min(scroll.below, column.height(index) - 1)) };
}

/** Further down, as far as there are rows, so that none of the view is empty above. */
function filled(column: Column, edge: Edge, rows: number): Edge {
  const missing = rows - column.rowsAbove(edge, rows);
  return missing > 0 ? column.down(edge, missing).edge : edge;
}

/**
 * The view moved by so many rows: down, or up if less than 0. `Infinity` goes to the ends of the window. The end of
 * the conversation, once in view, is followed.
 */
export function scrolled(state: State, layout: Layout, rowsDelta: number): Scroll {
  const column = new Column(state, layout);
  const scroll = state.open?.scroll ?? FOLLOW;
  // The composer has the only row: there is no view that could move.
  if (layout.timeline.rows < 1) return scroll;
  const edge = edgeOf(column, scroll);
  const start = filled(column, edge, layout.timeline.rows - reservedRows(layout, scroll));
  // The row that is reserved away from the end: from there the view starts one row higher.
  const reserved = reservedRows(layout, { type: "at", key: "", below: 0 });
  const from = scroll.type === "follow" ? column.up(start, reserved) : start;
  const moved = rowsDelta < 0 ? upFrom(column, from, -rowsDelta) : downFrom(column, from, rowsDelta);
  return scrollAt(state, column, layout, moved);
}

function upFrom(column: Column, from: Edge, rows: number): Edge {
  return Number.isFinite(rows) ? column.up(from, rows) : { index: 0, below: column.height(0) };
}

function downFrom(column: Column, from: Edge, rows: number): Edge {
  return Number.isFinite(rows) ? column.down(from, rows).edge : { index: Math.max(0, column.last), below: 0 };
}

function scrollAt(state: State, column: Column, layout: Layout, edge: Edge): Scroll {
  const isWhole = state.open?.atEnd ?? true;
  const reserved = reservedRows(layout, { type: "at", key: "", below: 0 });
  const full = filled(column, edge, layout.timeline.rows - reserved);
  if (isWhole && column.rowsBelow(full, reserved + 1) <= reserved) return FOLLOW;
  // All rows of an item hidden is the end of the one before it.
  const { index, below } = full.below >= column.height(full.index) && full.index > 0 ? column.up(full, 0) : full;
  const item = column.items[index];
  return item === undefined ? FOLLOW : { type: "at", key: item.key, below };
}

/**
 * The view moved so that the item can be seen.
 *
 * @param where - "nearest" moves it no further than it must, "middle" puts the item's first row there.
 */
export function revealed(state: State, layout: Layout, key: string, where: "nearest" | "middle"): Scroll {
  const column = new Column(state, layout);
  const scroll = state.open?.scroll ?? FOLLOW;
  const index = column.items.findLastIndex((item) => item.key === key);
  if (index < 0 || layout.timeline.rows < 1) return scroll;
  const top: Edge = { index, below: column.height(index) };
  const rows = layout.timeline.rows - reservedRows(layout, { type: "at", key, below: 0 });
  if (where === "middle") {
    return scrollAt(state, column, layout, column.down(top, Math.max(1, Math.ceil(rows / 2))).edge);
  }
  const seen = visible(state, layout).shown.find((one) => one.index === index);
  const isWhole = seen !== undefined && seen.below === 0 && seen.above <= seen.separators.length;
  const fillsView = seen !== undefined && seen.rows >= rows;
  if (isWhole || fillsView) return scroll;
  const isBelow = seen === undefined ? index > edgeOf(column, scroll).index : seen.below > 0;
  if (isBelow && column.height(index) <= rows) return scrollAt(state, column, layout, { index, below: 0 });
  return scrollAt(state, column, layout, column.down(top, rows).edge);
}

/** For the mouse: what stands in that row of the screen. */
export function itemAt(state: State, layout: Layout, row: number): TimelineItem | undefined {
  return visible(state, layout).shown.find((one) => row >= one.row && row < one.row + one.rows)?.item;
}
