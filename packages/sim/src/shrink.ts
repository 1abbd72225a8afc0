/** A failing world without the moves that it fails without. */

import { planOf } from "./plan.ts";
import { type PlayOptions, play, type Report } from "./play.ts";
import type { Starts } from "./world.ts";

const TRIES_MAX = 200;

/** The check that a fault was found by. */
const kindOf = (report: Report): string | undefined => report.faults[0]?.split(":")[0];

/**
 * Leaves out ever smaller parts while the same check fails (Zeller's ddmin).
 *
 * @returns places of the moves that are left.
 */
export async function shrink(
  starts: Starts,
  seed: number,
  failed: Report,
  options: PlayOptions = {},
): Promise<readonly number[]> {
  const wanted = kindOf(failed);
  let left: readonly number[] = planOf(seed).moves.map((_, index) => index);
  let tries = 0;
  const stillFails = async (only: readonly number[]): Promise<boolean> => {
    tries++;
    return kindOf(await play(starts, seed, { ...options, only })) === wanted;
  };
  for (let size = Math.ceil(left.length / 2); size >= 1 && tries < TRIES_MAX; ) {
    let hasShrunk = false;
    for (let at = 0; at < left.length && tries < TRIES_MAX; ) {
      const rest = [...left.slice(0, at), ...left.slice(at + size)];
      if (rest.length < left.length && (await stillFails(rest))) {
        left = rest;
        hasShrunk = true;
      } else at += size;
    }
    if (size === 1 && !hasShrunk) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return left;
}
