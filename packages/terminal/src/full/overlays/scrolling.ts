/** Rows that are more than fit: which of them are in view, and the keys that move them. */
import type { Key } from "../../screen/keys.ts";

export class Scrolling {
  #top = 0;
  #page = 1;

  /** @returns whether the key is one that moves. */
  press(key: Key): boolean {
    if (key.type === "mouse") return this.#wheel(key.action);
    if (key.type !== "chord") return false;
    switch (key.chord) {
      case "up":
        return this.#move(-1);
      case "down":
      case "enter":
        return this.#move(1);
      case "pageup":
        return this.#move(-this.#page);
      case "pagedown":
        return this.#move(this.#page);
      case "home":
      case "ctrl+home":
        return this.#move(Number.NEGATIVE_INFINITY);
      case "end":
      case "ctrl+end":
        return this.#move(Number.MAX_SAFE_INTEGER);
      default:
        return false;
    }
  }

  /** The row is in view, a little below the top. */
  show(row: number): void {
    this.#top = Math.max(0, row - 2);
  }

  /** The first row in view; never so far that less than a page is. */
  top(count: number, rows: number): number {
    this.#page = Math.max(1, rows - 1);
    this.#top = Math.max(0, Math.min(this.#top, count - rows));
    return this.#top;
  }

  #move(by: number): true {
    this.#top = Math.max(0, this.#top + by);
    return true;
  }

  #wheel(action: string): boolean {
    if (action === "wheel-up") return this.#move(-3);
    return action === "wheel-down" && this.#move(3);
  }
}
