/** What a relay may make a device do by its word alone: how long it waits, and how much it holds meanwhile. */

const WAIT_MAX_MS = 60_000;
const WAITING_MAX = 2000;
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/**
 * How long a device waits before it sends the same again. A longer wait than a minute would be silence that nobody is
 * told of, so it is asked again by then.
 *
 * @param retryMs - as the relay said it.
 */
export const waitOf = (retryMs: number): number => Math.min(retryMs, WAIT_MAX_MS);

/**
 * The first of what was pushed for which there is still room behind what waits to be worked off. A relay pushes as much
 * as it likes while something that it owes is waited for; what is left out is fetched afterwards.
 *
 * @param size - of one, in bytes.
 */
export function fitting<T>(waiting: readonly T[], pushed: readonly T[], size: (one: T) => number): readonly T[] {
  let bytes = waiting.reduce((sum, one) => sum + size(one), 0);
  let count = waiting.length;
  const end = pushed.findIndex((one) => {
    bytes += size(one);
    count++;
    return count > WAITING_MAX || bytes > WAITING_BYTES_MAX;
  });
  return end < 0 ? pushed : pushed.slice(0, end);
}
