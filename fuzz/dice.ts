/** Choices that a seed decides: sfc32, started from a hash of the seed, so that neighbouring seeds have nothing in common. */
import { createHash } from "node:crypto";

export class Dice {
  readonly #state: Uint32Array;

  constructor(...seed: readonly (string | number)[]) {
    const hashed = createHash("sha256").update(JSON.stringify(seed)).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => hashed.readUInt32LE(4 * index));
  }

  #next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const sum = (a + b + counter) >>> 0;
    this.#state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + sum, counter + 1]);
    return sum;
  }

  /** A number from 0 up to, but not, `end`. */
  below(end: number): number {
    return Math.floor((this.#next() / 2 ** 32) * end);
  }

  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** Once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  one<T>(all: readonly T[]): T {
    const chosen = all[this.below(all.length)];
    if (chosen === undefined) throw new Error("there is nothing to choose from");
    return chosen;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** A length that is small most of the time. */
  short(max: number): number {
    return Math.min(max, Math.floor(2 ** (this.below(1000) / 120)));
  }
}
