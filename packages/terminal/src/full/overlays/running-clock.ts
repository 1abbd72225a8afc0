/** Seconds that are seen to run while something takes long; nothing wakes when it is over. */
const TICK_MS = 1000;

export class RunningClock {
  readonly #tick: () => void;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  get seconds(): number {
    return Math.max(0, Math.floor((Date.now() - this.#since) / TICK_MS));
  }

  /** From 0, also when it runs already. */
  start(): void {
    this.#since = Date.now();
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(this.#tick, TICK_MS);
    // A program that ends does not wait for it.
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
