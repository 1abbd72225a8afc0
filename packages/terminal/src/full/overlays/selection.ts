/** Which entry of a list is chosen, and which of them are in view. */

export class Selection {
  #at = 0;
  #top = 0;
  /** Entries that were seen at once. */
  #page = 1;

  get at(): number {
    return this.#at;
  }

  /** @returns whether the key is one that moves. */
  press(chord: string, count: number): boolean {
    switch (chord) {
      case "up":
      case "ctrl+p":
        return this.move(-1, count);
      case "down":
      case "ctrl+n":
        return this.move(1, count);
      case "pageup":
        return this.move(-this.#page, count);
      case "pagedown":
        return this.move(this.#page, count);
      case "ctrl+home":
        return this.move(-count, count);
      case "ctrl+end":
        return this.move(count, count);
      default:
        return false;
    }
  }

  move(by: number, count: number): true {
    this.#at = Math.max(0, Math.min(count - 1, this.#at + by));
    return true;
  }

  reset(): void {
    this.#at = 0;
    this.#top = 0;
  }

  /** The chosen one is always among them. @returns the first in view, and the one behind the last. */
  window(count: number, page: number): { readonly from: number; readonly until: number } {
    this.#page = Math.max(1, page);
    this.move(0, count);
    this.#top = Math.max(this.#at - this.#page + 1, Math.min(this.#top, this.#at, Math.max(0, count - this.#page)));
    return { from: this.#top, until: Math.min(count, this.#top + this.#page) };
  }
}
