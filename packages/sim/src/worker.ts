/** A thread that plays the seeds that it is given. */
import { parentPort } from "node:worker_threads";
import { addTallies, type Tally } from "./hostile/hostiles.ts";
import { play, type Report } from "./play.ts";
import { makeStarts } from "./world.ts";

/** What a thread is asked: so many worlds from a seed on. */
export interface Batch {
  readonly from: number;
  readonly count: number;
}

/** What it found: the sums, and the reports of those that failed. */
export interface Played {
  readonly worlds: number;
  readonly moves: number;
  readonly said: number;
  readonly acknowledged: number;
  readonly sealed: number;
  readonly steps: number;
  /** How often each move did something. */
  readonly done: ReadonlyMap<string, number>;
  /** How often hostile members did each kind of thing, and how often it was taken. */
  readonly struck: ReadonlyMap<string, Tally>;
  readonly failed: readonly Report[];
}

const port = parentPort;
if (port !== null) {
  const starts = await makeStarts();
  port.on("message", (batch: Batch) => {
    void playAll(batch).then((played) => port.postMessage(played));
  });

  async function playAll({ from, count }: Batch): Promise<Played> {
    const sums = { worlds: 0, moves: 0, said: 0, acknowledged: 0, sealed: 0, steps: 0 };
    const failed: Report[] = [];
    const done = new Map<string, number>();
    const struck = new Map<string, Tally>();
    for (let seed = from; seed < from + count; seed++) {
      const report = await play(starts, seed);
      sums.worlds++;
      for (const key of ["moves", "said", "acknowledged", "sealed", "steps"] as const) sums[key] += report[key];
      for (const [move, count] of report.done) done.set(move, (done.get(move) ?? 0) + count);
      addTallies(struck, report.struck);
      if (report.faults.length > 0) failed.push(report);
    }
    return { ...sums, done, struck, failed };
  }
}
