/**
 * When the screen is drawn: at once after a key, at most thirty times a second over any longer time, less often while
 * the terminal does not keep up, and never while nothing changed.
 */

const FRAME_MS = 1000 / 30;
const SLOW_FRAME_MS = 100;
/** Frames that may come at once after a pause. Changes that nobody waits for leave one of them for a key. */
const BURST = 2;
/** A change that nobody waits for is drawn with what follows upon it: a message that came, then its place in the log. */
const COMPANY_MS = 12;

export interface ClockParts {
  /** @returns false when nothing was drawn. */
  draw(): boolean;
  isBackedUp(): boolean;
  /** Resolves when the terminal has taken everything. */
  drained(): Promise<void>;
}

export class PaintClock {
  readonly #parts: ClockParts;
  #allowance = BURST;
  #countedAt = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isAwaited = false;
  #isStopped = false;
  /** The terminal did not keep up with the frame before. */
  #isSlow = false;

  constructor(parts: ClockParts) {
    this.#parts = parts;
  }

  /** Something changed. */
  soon(): void {
    this.#want(BURST, COMPANY_MS);
  }

  /** A key was pressed: somebody looks. */
  now(): void {
    this.#want(1);
  }

  /** Nothing is drawn any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** After {@link stop}. */
  restart(): void {
    this.#isStopped = false;
    this.now();
  }

  #want(needed: number, atLeastMs = 0): void {
    if (this.#isStopped || this.#isAwaited) return;
    if (this.#parts.isBackedUp()) {
      this.#isAwaited = true;
      this.#isSlow = true;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      void this.#parts.drained().then(() => {
        this.#isAwaited = false;
        this.#want(1);
      });
      return;
    }
    const waitMs = Math.max(atLeastMs, this.#waitMs(needed));
    if (waitMs <= 0) this.#draw();
    else if (this.#timer === undefined || needed === 1) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#want(needed);
      }, Math.ceil(waitMs));
    }
  }

  #waitMs(needed: number): number {
    const now = performance.now();
    this.#allowance = Math.min(BURST, this.#allowance + (now - this.#countedAt) / FRAME_MS);
    this.#countedAt = now;
    const slow = this.#isSlow ? this.#drawnAt + SLOW_FRAME_MS - now : 0;
    return Math.max(slow, (needed - this.#allowance) * FRAME_MS);
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#parts.draw()) return;
    this.#allowance -= 1;
    this.#isSlow = false;
    this.#drawnAt = performance.now();
  }
}
