/** Which part of the open conversation is in view, and what moves it. */

import type { Board } from "./board.ts";
import { withOpen } from "./model/model.ts";
import { PAGE, WINDOW_MAX } from "./model/window.ts";
import type { TimelineItem } from "./state.ts";
import { type Layout, layoutOf, type ViewOptions } from "./views/layout.ts";
import { itemAt, revealed, scrolled, visible } from "./views/scroll.ts";

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** So many items before the edge of the window the next page is read. */
const AHEAD = 40;

export class Viewport {
  readonly #board: Board;
  readonly #options: ViewOptions;
  readonly #size: () => Size;

  constructor(board: Board, options: ViewOptions, size: () => Size) {
    this.#board = board;
    this.#options = options;
    this.#size = size;
  }

  layout(): Layout {
    const { rows, columns } = this.#size();
    return layoutOf(rows, columns, this.#board.model, this.#options);
  }

  /** Down, or up if less than 0. */
  scroll(rows: number): void {
    const layout = this.layout();
    this.#board.change((model) => {
      const scroll = scrolled(model, layout, rows);
      return withOpen(model, scroll.type === "follow" ? { scroll, newBelow: 0 } : { scroll });
    });
  }

  /** A screenful, but for two rows that show where one was. */
  page(step: 1 | -1): void {
    this.scroll(step * Math.max(1, this.layout().timeline.rows - 2));
  }

  reveal(key: string, where: "nearest" | "middle"): void {
    const layout = this.layout();
    this.#board.change((model) => withOpen(model, { scroll: revealed(model, layout, key, where) }));
  }

  itemAt(row: number): TimelineItem | undefined {
    return itemAt(this.#board.model, this.layout(), row);
  }

  /** The edges of the window that the view is near to. */
  near(): { readonly start: boolean; readonly end: boolean } {
    const { open } = this.#board.model;
    if (open === undefined || (open.atStart && open.atEnd)) return { start: false, end: false };
    const { shown } = visible(this.#board.model, this.layout());
    const first = shown[0]?.index ?? 0;
    const last = shown.at(-1)?.index ?? 0;
    const count = open.items.length;
    // On a screen of many hundred rows another page would take away what is in view, and that would be read again at once.
    const room = Math.max(0, count + PAGE - WINDOW_MAX);
    const start = !open.atStart && first < AHEAD && last < count - room;
    return { start, end: !open.atEnd && last > count - AHEAD && (room === 0 || first >= room) };
  }
}
