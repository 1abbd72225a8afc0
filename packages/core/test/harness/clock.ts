/** A clock that stands still unless it is told to go on. */
import type { Clock } from "../../src/ports.ts";

export class FakeClock implements Clock {
  /** The library compares the lifetime of key packages with the wall clock, so this one begins there. */
  #now = Date.now();
  readonly #wakes = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  set(now: number): void {
    this.#now = now;
  }

  wake(at: number, run: () => void): () => void {
    const wake = { at, run };
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  /** Goes to the next wake that is not after `until` and rings it. @returns false when there is none. */
  ring(until: number): boolean {
    const next = [...this.#wakes].sort((one, other) => one.at - other.at)[0];
    if (next === undefined || next.at > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#wakes.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.run();
    return true;
  }
}
