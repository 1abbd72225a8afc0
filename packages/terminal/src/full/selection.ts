/** The message that is selected, and what can be done with it. */

import type { Board } from "./board.ts";
import { withOpen } from "./model/model.ts";
import type { TimelineItem } from "./state.ts";
import type { Viewport } from "./viewport.ts";

/** What can be selected. */
export type Selectable = Extract<TimelineItem, { readonly type: "message" | "waiting" | "failed" }>;

export class Selection {
  readonly #board: Board;
  readonly #viewport: Viewport;

  constructor(board: Board, viewport: Viewport) {
    this.#board = board;
    this.#viewport = viewport;
  }

  get item(): Selectable | undefined {
    const { open } = this.#board.model;
    const item = open?.items.find(({ key }) => key === open.selected);
    return item !== undefined && isSelectable(item) ? item : undefined;
  }

  /** @returns false when there is nothing in that direction. */
  move(step: 1 | -1): boolean {
    const { open } = this.#board.model;
    if (open === undefined) return false;
    const at = open.items.findIndex(({ key }) => key === open.selected);
    const from = at < 0 ? this.#lastShown() + 1 : at;
    for (let index = from + step; index >= 0 && index < open.items.length; index += step) {
      const item = open.items[index];
      if (item === undefined || !isSelectable(item)) continue;
      this.select(item.key);
      return true;
    }
    return false;
  }

  select(key: string): void {
    this.#board.change((model) => withOpen(model, { selected: key }));
    this.#viewport.reveal(key, "nearest");
  }

  /** After a change of size it may not be in view any more. */
  reveal(): void {
    const { item } = this;
    if (item !== undefined) this.#viewport.reveal(item.key, "nearest");
  }

  end(): void {
    const { open } = this.#board.model;
    if (open === undefined) return;
    if (open.selected !== undefined || open.found !== undefined || open.matches.length > 0)
      this.#board.change((model) => withOpen(model, { selected: undefined, found: undefined, matches: [] }));
  }

  /** The first message that one goes up to is the one that was jumped to, or the lowest that can be seen. */
  #lastShown(): number {
    const { open } = this.#board.model;
    const items = open?.items ?? [];
    const found = items.findIndex(({ key }) => key === open?.found);
    if (found >= 0) return found;
    if (open?.scroll.type !== "at") return items.length - 1;
    const { key } = open.scroll;
    return items.findIndex((item) => item.key === key);
  }
}

export function isSelectable(item: TimelineItem): item is Selectable {
  return item.type === "message" || item.type === "waiting" || item.type === "failed";
}
