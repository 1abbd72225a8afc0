/** A rate limit: the generic cell rate algorithm (GCRA), which keeps one number for each key. */

export interface Rate {
  readonly perSecond: number;
  /** So many may come at once after a rest. */
  readonly burst: number;
}

/** Keys of one generation. Two are kept. */
const KEYS_MAX = 10_000;

export class RateLimit<K> {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /**
   * When the next one of a key would be due if all came evenly. A key that is counted is young; when there are too many
   * young ones the old are forgotten and the young are old. So a flood of keys costs no memory and no time, and who
   * would be forgiven a debt by it has to come with ten thousand other keys first.
   */
  #young = new Map<K, number>();
  #old = new Map<K, number>();

  /** @param rate - 0 a second: no limit. */
  constructor({ perSecond, burst }: Rate) {
    this.#intervalMs = perSecond > 0 ? 1000 / perSecond : 0;
    this.#toleranceMs = this.#intervalMs * Math.max(0, burst - 1);
  }

  /** Keys in memory, some of them twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** How long `key` has to wait now, in whole milliseconds; 0: not at all. Counts nothing. */
  waitMs(key: K, now: number): number {
    return Math.max(0, Math.ceil(this.#due(key, now) - this.#toleranceMs - now));
  }

  count(key: K, now: number, times = 1): void {
    if (this.#intervalMs === 0) return;
    const due = Math.max(now, this.#due(key, now)) + times * this.#intervalMs;
    if (this.#young.size >= KEYS_MAX) [this.#old, this.#young] = [this.#young, new Map()];
    this.#young.set(key, due);
  }

  /** Counts one and gives 0, or says how long to wait and counts nothing. */
  take(key: K, now: number): number {
    const waitMs = this.waitMs(key, now);
    if (waitMs === 0) this.count(key, now);
    return waitMs;
  }

  #due(key: K, now: number): number {
    return this.#young.get(key) ?? this.#old.get(key) ?? now;
  }
}
