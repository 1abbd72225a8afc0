/**
 * Slows down who guesses passwords: by address, and by name and address. Never by name alone, or anybody could lock
 * anybody out. What was right costs nothing.
 */
import { RateLimit } from "../rate.ts";

const BY_NAME = { perSecond: 0.2, burst: 10 };
/** Many people may sit behind one address. */
const BY_HOST = { perSecond: 1, burst: 60 };

export class Guesses {
  readonly #byName = new RateLimit<string>(BY_NAME);
  readonly #byHost = new RateLimit<string>(BY_HOST);

  /** How long `host` has to wait before its next guess, here at the password of `name` or at the access password. */
  waitMs(host: string, name: string | undefined, now: number): number {
    const wait = this.#byHost.waitMs(host, now);
    return name === undefined ? wait : Math.max(wait, this.#byName.waitMs(`${host} ${name}`, now));
  }

  wrong(host: string, name: string | undefined, now: number): void {
    this.#byHost.count(host, now);
    if (name !== undefined) this.#byName.count(`${host} ${name}`, now);
  }
}
