/** A bounded queue that is read as an AsyncIterable by one reader. */
export class Queue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  /** What is before it was read. To take the first one out each time would move all others: of 100 000 that takes a minute. */
  #next = 0;
  readonly #capacity: number;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length - this.#next;
  }

  /** @returns false when it is full or ended: the item was not taken. */
  offer(item: T): boolean {
    if (this.#ended || this.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Takes an item beyond the capacity: for the few that must never be refused. */
  force(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** Ends the reading after what is in it. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items[this.#next];
      if (item !== undefined) {
        this.#next++;
        // Each item is moved once at most, and what was read is not kept for long.
        if (this.#next > this.length) this.#forget();
        yield item;
        continue;
      }
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #forget(): void {
    this.#items = this.#items.slice(this.#next);
    this.#next = 0;
  }
}
