/** A rate limit: the generic cell rate algorithm (GCRA), which keeps one number for each key. */

export interface Rate {
  readonly perSecond: number;
  /** So many may come at once after a rest. */
  readonly burst: number;
}

/** Keys kept before those that are at rest are swept out. */
const KEYS_MAX = 10_000;

export class RateLimit<K> {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /** When the next one of a key would be due if all came evenly. */
  readonly #due = new Map<K, number>();

  /** @param rate - 0 a second: no limit. */
  constructor({ perSecond, burst }: Rate) {
    this.#intervalMs = perSecond > 0 ? 1000 / perSecond : 0;
    this.#toleranceMs = this.#intervalMs * Math.max(0, burst - 1);
  }

  /** How long `key` has to wait now, in whole milliseconds; 0: not at all. Counts nothing. */
  waitMs(key: K, now: number): number {
    const due = this.#due.get(key) ?? now;
    return Math.max(0, Math.ceil(due - this.#toleranceMs - now));
  }

  count(key: K, now: number): void {
    if (this.#intervalMs === 0) return;
    if (this.#due.size >= KEYS_MAX) this.#sweep(now);
    this.#due.set(key, Math.max(now, this.#due.get(key) ?? now) + this.#intervalMs);
  }

  /** Counts one and gives 0, or says how long to wait and counts nothing. */
  take(key: K, now: number): number {
    const waitMs = this.waitMs(key, now);
    if (waitMs === 0) this.count(key, now);
    return waitMs;
  }

  #sweep(now: number): void {
    for (const [key, due] of this.#due) if (due <= now) this.#due.delete(key);
  }
}
