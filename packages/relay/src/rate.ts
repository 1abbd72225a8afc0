/** A rate limit: the generic cell rate algorithm (GCRA), which keeps one number for each key. */

export interface Rate {
  readonly perSecond: number;
  /** So many may come at once after a rest. */
  readonly burst: number;
}

/** Keys kept; beyond that the one that was counted longest ago makes room. */
const KEYS_MAX = 10_000;

export class RateLimit<K> {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /** When the next one of a key would be due if all came evenly. Counted longest ago first. */
  readonly #due = new Map<K, number>();

  /** @param rate - 0 a second: no limit. */
  constructor({ perSecond, burst }: Rate) {
    this.#intervalMs = perSecond > 0 ? 1000 / perSecond : 0;
    this.#toleranceMs = this.#intervalMs * Math.max(0, burst - 1);
  }

  /** Keys in memory. */
  get size(): number {
    return this.#due.size;
  }

  /** How long `key` has to wait now, in whole milliseconds; 0: not at all. Counts nothing. */
  waitMs(key: K, now: number): number {
    const due = this.#due.get(key) ?? now;
    return Math.max(0, Math.ceil(due - this.#toleranceMs - now));
  }

  count(key: K, now: number): void {
    if (this.#intervalMs === 0) return;
    const due = Math.max(now, this.#due.get(key) ?? now) + this.#intervalMs;
    this.#due.delete(key);
    this.#due.set(key, due);
    this.#forget(now);
  }

  /** Counts one and gives 0, or says how long to wait and counts nothing. */
  take(key: K, now: number): number {
    const waitMs = this.waitMs(key, now);
    if (waitMs === 0) this.count(key, now);
    return waitMs;
  }

  /**
   * Looks at two keys for each that is counted, so that no crowd of keys makes a request dear: those at rest go, and
   * when there are too many the oldest goes whatever it owes. Who would be forgiven by that has to come with ten
   * thousand other keys first.
   */
  #forget(now: number): void {
    let looks = 2;
    for (const [key, due] of this.#due) {
      if (looks-- === 0) return;
      if (due > now && this.#due.size <= KEYS_MAX) return;
      this.#due.delete(key);
    }
  }
}
