/** Wrong codes in a row: after five the account is closed to codes for a minute, then for twice as long each time. */
import type { AccountId } from "@sotto/wire";

const FREE = 5;
const FIRST_LOCK_MS = 60_000;
const LOCK_MS_MAX = 24 * 60 * 60 * 1000;
/** Who has been open for so long begins anew: names that were held and never confirmed must not stay here for ever. */
const FORGOTTEN_MS = 7 * LOCK_MS_MAX;

interface Wrong {
  readonly count: number;
  readonly lockedUntil: number;
}

export class Attempts {
  /** Tried longest ago first. */
  readonly #wrong = new Map<AccountId, Wrong>();

  /** Accounts in memory. */
  get size(): number {
    return this.#wrong.size;
  }

  /** How long the account is closed, 0 when it is open. */
  lockedMs(account: AccountId, now: number): number {
    return Math.max(0, (this.#wrong.get(account)?.lockedUntil ?? 0) - now);
  }

  /**
   * Counts a wrong code. Only who knows the password gets here, so nobody else can lock an account.
   *
   * @returns whether the account is closed from now on.
   */
  wrong(account: AccountId, now: number): boolean {
    const count = (this.#wrong.get(account)?.count ?? 0) + 1;
    const lockMs = count < FREE ? 0 : Math.min(FIRST_LOCK_MS * 2 ** Math.min(count - FREE, 20), LOCK_MS_MAX);
    this.#wrong.delete(account);
    this.#wrong.set(account, { count, lockedUntil: now + lockMs });
    this.#forget(now);
    return lockMs > 0;
  }

  right(account: AccountId): void {
    this.#wrong.delete(account);
  }

  /** Two at a time, as they come. */
  #forget(now: number): void {
    let looks = 2;
    for (const [account, { lockedUntil }] of this.#wrong) {
      if (looks-- === 0 || lockedUntil + FORGOTTEN_MS > now) return;
      this.#wrong.delete(account);
    }
  }
}
