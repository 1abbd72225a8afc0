/** The smallest input that can be found which still breaks the same thing. */
import { attempt } from "./loop.ts";
import type { Target } from "./target.ts";

const LONGEST_MS = 20_000;

/** @param wanted - what is broken, as {@link sayOf} says it. */
export async function shrink(target: Target, input: Uint8Array, wanted: string): Promise<Uint8Array> {
  const until = performance.now() + LONGEST_MS;
  const breaks = async (candidate: Uint8Array): Promise<boolean> => {
    // Anew for each: the state of the one before may be broken.
    const trial = await target.open();
    const tried = await attempt(trial, candidate);
    await trial.close?.();
    return !tried.ok && sayOf(tried.error) === wanted;
  };
  let best = input;
  for (let size = Math.ceil(best.length / 2); size >= 1 && performance.now() < until; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && performance.now() < until; ) {
      const shorter = new Uint8Array(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]));
      if (await breaks(shorter)) best = shorter;
      else at += size;
    }
  }
  for (let at = 0; at < best.length && performance.now() < until; at++) {
    const plainer = best.with(at, 0);
    if (best[at] !== 0 && (await breaks(plainer))) best = plainer;
  }
  return best;
}

/** What is wrong in one line, without what changes from input to input. */
export function sayOf(error: unknown): string {
  const line = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (line.split("\n")[0] ?? "").replace(/[0-9]+/g, "N");
}
